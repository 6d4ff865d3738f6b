from hypothesis import assume, given
from hypothesis import strategies as st

from linewatch.edge.doctor.tuning.weigh import Measured, decide, noise_of
from linewatch.edge.infer.tuned import Choice

ROUNDS = 7
RATES = st.lists(st.floats(50, 200), min_size=ROUNDS, max_size=ROUNDS).map(tuple)


def measured(rates: tuple[float, ...], *, batch: int = 1, p99_ms: float = 1.0, megabytes: float = 100.0) -> Measured:
    return Measured(choice=Choice(batch=batch), rates=rates, p99_ms=p99_ms, megabytes=megabytes)


def steady(rate: float) -> tuple[float, ...]:
    return (rate,) * ROUNDS


@given(RATES, RATES, st.lists(RATES, max_size=4))
def test_a_gain_is_told_only_beyond_the_noise(
    before: tuple[float, ...], twin: tuple[float, ...], others: list[tuple[float, ...]]
) -> None:
    made = decide(measured(before), measured(twin), [measured(one, batch=2) for one in others], 10.0)
    assert made.noise == noise_of(measured(before), measured(twin)) >= 0.01
    assert made.best.choice.batch == 1 or made.gain > made.noise


@given(RATES, st.floats(1.02, 3.0))
def test_what_is_faster_in_every_round_is_found(before: tuple[float, ...], factor: float) -> None:
    faster = measured(tuple(rate * factor for rate in before), batch=2)
    made = decide(measured(before), measured(before), [faster], 10.0)
    assert made.best is faster
    assert abs(made.gain - (factor - 1)) < 1e-9


@given(st.floats(0.02, 0.9), st.floats(1.0, 1.8))
def test_two_processes_that_differ_hide_smaller_gains(apart: float, factor: float) -> None:
    twin = measured(steady(100 * (1 + apart)))
    noise = 2 * apart / (1 + apart)
    assume(abs(factor - 1 - noise) > 1e-6)
    made = decide(measured(steady(100)), twin, [measured(steady(100 * factor), batch=2)], 10.0)
    assert (made.best.choice.batch == 2) == (factor - 1 > noise)


def test_one_disturbed_round_is_no_noise() -> None:
    disturbed = (*steady(100)[:-1], 20.0)
    assert noise_of(measured(steady(100)), measured(disturbed)) == 0.01


def test_whoever_takes_longer_than_the_budget_is_not_chosen_unless_it_was_so_before() -> None:
    slow = measured(steady(200), batch=8, p99_ms=30.0)
    assert decide(measured(steady(100)), measured(steady(100)), [slow], 10.0).best is not slow
    before = measured(steady(100), p99_ms=40.0)
    assert decide(before, before, [slow], 10.0).best is slow


def test_less_memory_is_chosen_where_it_costs_no_speed() -> None:
    before = measured(steady(100))
    small = measured(steady(99), batch=2, megabytes=80.0)
    slower = measured(steady(95), batch=4, megabytes=20.0)
    made = decide(before, measured(steady(101)), [small, slower], 10.0)
    assert made.best is small
    assert decide(before, before, [measured(steady(100), batch=2, megabytes=98.0)], 10.0).best is before
    fast = measured(steady(150), batch=2, megabytes=150.0)
    fast_and_small = measured(steady(149), batch=4, megabytes=120.0)
    assert decide(before, before, [fast, fast_and_small, small], 10.0).best is fast_and_small
