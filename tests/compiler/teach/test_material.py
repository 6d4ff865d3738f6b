import numpy as np

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.teach.material import learning_material

GOOD = [np.random.default_rng(seed).integers(60, 200, (150, 200, 3), dtype=np.uint8) for seed in range(6)]
SHRINK = Shrink.for_frames((64, 96), 150, 200)


def test_the_good_pictures_come_first_as_the_graph_sees_them() -> None:
    made = learning_material(GOOD, [], SHRINK, 40, seed=0)
    assert made.pictures.shape == (40, 64, 96, 3)
    assert made.covers.shape == (40, 8, 12)
    assert made.good == 6
    np.testing.assert_array_equal(made.pictures[:6], SHRINK(GOOD))
    assert not made.covers[:10].any()


def test_the_rest_is_spoiled_and_mostly_in_its_place() -> None:
    material = learning_material(GOOD, [], SHRINK, 120, seed=0)
    made = material.pictures.astype(int)
    changed = [np.abs(made[index] - made[index % 6]).max(axis=2) > 12 for index in range(30, 120)]
    assert all(material.covers[index].any() for index in range(30, 120))
    assert sum(bool(where.any()) for where in changed) > 70
    assert sum(float(where.mean()) < 0.3 for where in changed) > 50


def test_equal_seeds_make_equal_pictures() -> None:
    first, second, other = (learning_material(GOOD, [], SHRINK, 30, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.pictures, second.pictures)
    np.testing.assert_array_equal(first.covers, second.covers)
    assert (first.pictures != other.pictures).any()


def test_labelled_pictures_come_last_with_their_masks() -> None:
    mask = np.zeros((150, 200), bool)
    mask[:75] = True
    labelled = [
        LabelledPicture(frame=GOOD[0], kind="stain", mask=mask),
        LabelledPicture(frame=GOOD[1], kind="dent"),
    ]
    made = learning_material(GOOD, labelled, SHRINK, 40, seed=0)
    assert len(made.pictures) == len(made.covers) == 40 + 16
    np.testing.assert_array_equal(made.pictures[40:42], SHRINK(GOOD[:2]))
    np.testing.assert_array_equal(made.covers[40, :4], 1)
    np.testing.assert_array_equal(made.covers[40, 4:], 0)
    assert np.isnan(made.covers[41]).all()
    moved = made.covers[42].astype(float)
    assert 0.3 < moved.mean() < 0.7
    assert moved[:2].mean() > moved[-2:].mean()
