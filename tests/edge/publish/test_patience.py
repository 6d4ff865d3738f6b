"""Pauses double up to a bound, with jitter, and start over after a success."""

import random

from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.publish.patience import Patience


@given(seed=st.integers(0, 1000), failures=st.integers(0, 2000))
def test_a_pause_lies_between_half_and_all_of_the_doubled_first(seed: int, failures: int) -> None:
    patience = Patience(first_seconds=0.5, longest_seconds=30.0, dice=random.Random(seed))
    longest = min(30.0, 0.5 * 2.0 ** min(failures, 30))
    assert longest / 2 <= patience.pause(failures) <= longest


def test_success_starts_over() -> None:
    patience = Patience(first_seconds=1.0, longest_seconds=64.0, dice=random.Random(1))
    for _ in range(6):
        patience.after_failure()
    assert patience.after_failure() >= 16.0
    patience.after_success()
    assert patience.after_failure() <= 1.0
