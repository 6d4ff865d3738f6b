import numpy as np
import pytest
from bench.local_teaching import MARKS, TAUGHT_BY, Trial, marked, taught

from edge.tiny_bundle import TARGET
from linewatch.edge.infer.verdict import Verdict


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_changes_a_picture_where_it_is_and_nowhere_else(mark: str) -> None:
    plain = np.full((512, 640, 3), 128, np.uint8)
    changed = [marked(plain, MARKS[mark], 0.012, np.random.default_rng(seed)) != plain for seed in range(2)]
    shares = [one.mean() for one in changed]
    assert all(0 < share < 0.05 for share in shares)
    assert np.logical_and(*changed).any()
    assert (plain == 128).all()


def test_shares_are_those_of_what_the_rule_excuses() -> None:
    ink, dent = verdict(1, 0, 0), verdict(0, 1, 0)
    both = Trial(teaching=[ink] * 4, good=[ink, ink, verdict(0, 0, 1)], defective=[ink, dent])
    for count in TAUGHT_BY[:2]:
        found = taught(both, [dent, dent], [], count, TARGET)
        assert found.removed == pytest.approx(2 / 3)
        assert (found.lost, found.hidden) == (0.0, 0.5)


def verdict(*facing: float) -> Verdict:
    return Verdict(2.0, 1.0, np.full((2, 2), 2.0, np.float32), np.array(facing, np.float32), "a" * 64, TARGET)
