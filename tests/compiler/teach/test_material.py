import numpy as np

from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.teach.material import Marked, learning_material, material_count
from linewatch.compiler.teacher import FloatArray

GOOD = [np.random.default_rng(seed).integers(60, 200, (150, 200, 3), dtype=np.uint8) for seed in range(6)]


def mask_of(marked: Marked) -> FloatArray:
    assert marked[1] is not None
    return marked[1]


def test_the_good_frames_come_first_as_they_are() -> None:
    made = list(learning_material(GOOD, [], 40, seed=0))
    assert len(made) == material_count(40, 0) == 40
    for (frame, _), good in zip(made[:6], GOOD, strict=True):
        np.testing.assert_array_equal(frame, good)
    assert not any(mask_of(one).any() for one in made[:10])


def test_the_rest_is_spoiled_and_mostly_in_its_place() -> None:
    made = list(learning_material(GOOD, [], 120, seed=0))
    spoiled = range(30, 120)
    changed = [np.abs(made[index][0].astype(int) - GOOD[index % 6]).max(axis=2) > 12 for index in spoiled]
    assert all(mask_of(made[index]).any() for index in spoiled)
    assert sum(bool(where.any()) for where in changed) > 70
    assert sum(float(where.mean()) < 0.3 for where in changed) > 50


def test_equal_seeds_make_equal_frames() -> None:
    first, second, other = (list(learning_material(GOOD, [], 30, seed)) for seed in (1, 1, 2))
    for (one, its_mask), (same, same_mask) in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, same)
        np.testing.assert_array_equal(its_mask, same_mask)
    assert any((one[0] != another[0]).any() for one, another in zip(first, other, strict=True))


def test_labelled_pictures_come_last_with_their_masks() -> None:
    mask = np.zeros((150, 200), bool)
    mask[:75] = True
    labelled = [
        LabelledPicture(frame=GOOD[0], kind="stain", mask=mask),
        LabelledPicture(frame=GOOD[1], kind="dent"),
    ]
    made = list(learning_material(GOOD, labelled, 40, seed=0))
    assert len(made) == material_count(40, 2) == 40 + 16
    for (frame, _), good in zip(made[40:42], GOOD, strict=False):
        np.testing.assert_array_equal(frame, good)
    np.testing.assert_array_equal(mask_of(made[40]), mask)
    assert made[41][1] is None
    moved = mask_of(made[42])
    assert 0.3 < moved.mean() < 0.7
    assert moved[:40].mean() > moved[-40:].mean()
