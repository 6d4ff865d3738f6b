import numpy as np
import pytest

from linewatch.cloud.samples.canvas import BORE, OUTER, blank
from linewatch.cloud.samples.part import GOOD, KINDS, SMALLEST_DEFECT, draw_part


def test_a_good_part_is_a_ring_with_holes_and_no_defect() -> None:
    part = draw_part(np.random.default_rng(1))
    columns, rows = blank(0).grid()
    radius = np.hypot(columns, rows)
    assert not part.defect.any()
    assert part.cover[(radius > OUTER + 2) | (radius < BORE - 2)].max() == 0
    assert 0.9 < part.cover[(radius < OUTER - 2) & (radius > BORE + 2)].mean() < 1
    assert part.colour.min() >= 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_defect_changes_the_part_at_its_mask_and_nowhere_else(kind: str) -> None:
    defective, good = draw_part(np.random.default_rng(7), kind), draw_part(np.random.default_rng(7), GOOD)
    light = np.abs(defective.colour - good.colour).max(axis=2) * good.cover
    change = np.maximum(light, np.abs(defective.cover - good.cover))
    assert defective.kind == kind
    assert SMALLEST_DEFECT <= defective.defect.sum() < 0.1 * (good.cover > 0).sum()
    assert change[defective.defect].mean() > 0.05
    assert change[~defective.defect].mean() < 0.002


def test_the_same_seed_draws_the_same_part_and_another_seed_another_one() -> None:
    first, again, other = (draw_part(np.random.default_rng(seed), "stain") for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.colour, again.colour)
    np.testing.assert_array_equal(first.defect, again.defect)
    assert not np.array_equal(first.colour, other.colour)
