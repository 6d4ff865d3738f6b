import numpy as np

from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.teach.material import learning_material

GOOD = [np.random.default_rng(seed).integers(60, 200, (150, 200, 3), dtype=np.uint8) for seed in range(6)]
SHRINK = Shrink.for_frames(64, 150, 200)


def test_the_good_pictures_come_first_as_the_graph_sees_them() -> None:
    made = learning_material(GOOD, SHRINK, 40, seed=0)
    assert made.shape == (40, 64, 64, 3)
    np.testing.assert_array_equal(made[:6], SHRINK(GOOD))


def test_the_rest_is_spoiled_and_mostly_in_its_place() -> None:
    made = learning_material(GOOD, SHRINK, 120, seed=0).astype(int)
    changed = [np.abs(made[index] - made[index % 6]).max(axis=2) > 12 for index in range(30, 120)]
    assert sum(bool(where.any()) for where in changed) > 70
    assert sum(float(where.mean()) < 0.3 for where in changed) > 50


def test_equal_seeds_make_equal_pictures() -> None:
    first, second, other = (learning_material(GOOD, SHRINK, 30, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
