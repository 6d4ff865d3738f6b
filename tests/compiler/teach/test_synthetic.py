import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.compiler.teach.synthetic import COVERS, FILLS, Cover, Fill, add_defects, defect_cover

FRAME = np.random.default_rng(0).integers(60, 200, (120, 200, 3), dtype=np.uint8)
OTHERS = [np.random.default_rng(seed).integers(0, 256, (90, 160, 3), dtype=np.uint8) for seed in range(3)]


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_the_mask_is_where_the_picture_changed(seed: int) -> None:
    spoiled, where = add_defects(FRAME, OTHERS, np.random.default_rng(seed))
    changed = (spoiled != FRAME).any(axis=2)
    assert spoiled.shape == FRAME.shape
    assert where.any()
    assert where.shape == FRAME.shape[:2]
    # The soft edge of a defect is changed and not called defective; a defect may let single pixels be.
    assert (where & changed).sum() >= 0.5 * where.sum()
    np.testing.assert_array_equal(spoiled, add_defects(FRAME, OTHERS, np.random.default_rng(seed))[0])


def test_black_on_black_is_no_defect() -> None:
    black = np.zeros((64, 64, 3), np.uint8)
    for seed in range(30):
        spoiled, where = add_defects(black, [black], np.random.default_rng(seed))
        assert not where[(spoiled == 0).all(axis=2)].all() or not where.any()


@pytest.mark.parametrize("cover", COVERS)
def test_every_cover_covers_something_and_not_everything(cover: Cover) -> None:
    shares = []
    for seed in range(20):
        canvas = np.zeros((120, 200), np.float32)
        cover(canvas, (100, 60), 20.0, np.random.default_rng(seed))
        assert canvas.min() >= 0
        assert canvas.max() <= 1
        shares.append(float((canvas > 0).mean()))
    assert 0 < np.mean(shares) < 0.3


@pytest.mark.parametrize("fill", FILLS)
def test_every_fill_is_a_picture(fill: Fill) -> None:
    other = np.random.default_rng(1).uniform(0, 255, FRAME.shape).astype(np.float32)
    made = fill(FRAME.astype(np.float32), other, 20.0, np.random.default_rng(0))
    assert made.shape == FRAME.shape
    assert np.isfinite(made).all()


def test_covers_have_soft_or_sharp_edges() -> None:
    values = [np.unique(defect_cover(120, 200, 20.0, np.random.default_rng(seed))) for seed in range(40)]
    assert any(len(found) <= 2 for found in values)
    assert any(len(found) > 20 for found in values)
