from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.edge.page.tries import Tries


def fail(tries: Tries, address: str, clock_s: float) -> bool:
    """Try a wrong password; whether it was looked at."""
    if tries.pause_s(address, clock_s) > 0:
        return False
    tries.failed(address, clock_s)
    return True


def test_five_tries_are_free_and_then_pauses_double() -> None:
    tries = Tries()
    assert all(fail(tries, "10.0.0.7", 0.0) for _ in range(5))
    assert tries.pause_s("10.0.0.7", 0.0) == 10.0
    assert tries.pause_s("10.0.0.8", 0.0) == 0.0
    assert fail(tries, "10.0.0.7", 10.0)
    assert tries.pause_s("10.0.0.7", 10.0) == 20.0


def test_who_knew_it_begins_anew_and_so_does_who_waits_long() -> None:
    tries = Tries()
    for _ in range(5):
        fail(tries, "a", 0.0)
    tries.succeeded("a")
    assert tries.pause_s("a", 0.0) == 0.0
    for _ in range(5):
        fail(tries, "b", 0.0)
    assert fail(tries, "b", 4000.0)
    assert tries.pause_s("b", 4000.0) == 0.0


def test_addresses_of_one_home_count_as_one() -> None:
    tries = Tries()
    assert all(fail(tries, f"2001:db8::{number}", 0.0) for number in range(5))
    assert tries.pause_s("2001:db8::ffff:1", 0.0) > 0
    assert tries.pause_s("2001:db8:0:1::1", 0.0) == 0.0
    assert all(fail(tries, "::ffff:10.0.0.9", 0.0) for _ in range(5))
    assert tries.pause_s("10.0.0.9", 0.0) > 0


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 2000), st.floats(0, 0.1)), min_size=100, max_size=400))
def test_many_addresses_together_stay_within_the_rate(visits: list[tuple[int, float]]) -> None:
    tries, clock_s, looked = Tries(), 0.0, 0
    for number, passed_s in visits:
        clock_s += passed_s
        looked += fail(tries, f"10.0.{number // 250}.{number % 250}", clock_s)
    assert looked <= 20 + 0.5 * clock_s + 1
