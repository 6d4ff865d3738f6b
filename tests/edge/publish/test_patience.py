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


@given(seed=st.integers(0, 1000), failures=st.integers(0, 40))
def test_with_full_jitter_any_part_of_the_pause_is_waited(seed: int, failures: int) -> None:
    patience = Patience(first_seconds=0.5, longest_seconds=30.0, least=0.0, dice=random.Random(seed))
    assert 0.0 <= patience.pause(failures) <= min(30.0, 0.5 * 2.0**failures)


def test_devices_that_lose_the_broker_together_come_back_spread_over_the_whole_span() -> None:
    fleet = [Patience(first_seconds=0.5, longest_seconds=30.0, least=0.0, dice=random.Random(n)) for n in range(5000)]
    by_second = [0] * 5
    for device in fleet:
        by_second[int(device.after_loss(5.0))] += 1
    assert max(by_second) < 1200  # of 1000 that would be even
    second = [device.after_failure() for device in fleet]
    assert all(pause <= 1.0 for pause in second)  # it counts as a failure
    assert Patience(first_seconds=0.1, longest_seconds=0.3).after_loss(5.0) <= 0.3
