import threading

import pytest

from edge.judged import judged
from linewatch.edge.decide.alarm_rate import AlarmCount, AlarmRate
from linewatch.edge.decide.settings import DecisionSettings

A, B = "a" * 64, "b" * 64


def watch(
    rate: AlarmRate, frames: int, *, every: int = 0, start: int = 0, digest: str = A, promised: float | None = None
) -> None:
    """One frame a second; each `every`-th of them opens an event."""
    for number in range(start, start + frames):
        opens = every > 0 and number % every == 0
        one = judged(number, 2.0 if opens else -1.0, digest=digest, promised=promised)
        rate.frame(one, events=int(opens), calm=not opens)


def test_events_are_counted_for_each_hour_of_judged_time() -> None:
    rate = AlarmRate(DecisionSettings(false_alarms_per_hour=2.0))
    watch(rate, 3601, every=360)
    recent = rate.report().recent
    assert (recent.events, recent.frames, recent.seconds) == (11, 3601, 3600.0)
    assert recent.per_hour == 11
    assert (recent.lower_per_hour, recent.upper_per_hour) == pytest.approx((5.491, 19.682), abs=0.001)
    assert recent.promised_per_hour == pytest.approx(2.0)


def test_a_promise_is_broken_by_many_events_beyond_doubt_and_not_by_one_at_the_beginning() -> None:
    rate = AlarmRate(DecisionSettings(false_alarms_per_hour=2.0))
    watch(rate, 2, every=1)
    assert rate.report().recent.per_hour > 1000
    assert not rate.report().recent.broken
    watch(rate, 300, start=2, every=20)
    assert rate.report().recent.broken
    assert rate.report().by_bundle[A].broken


@pytest.mark.parametrize(("fps_share", "promised_per_hour"), [(0.01, 36.0), (0.001, 3.6)])
def test_a_bundle_promises_for_each_frame_so_the_frame_rate_counts(fps_share: float, promised_per_hour: float) -> None:
    rate = AlarmRate(DecisionSettings())
    watch(rate, 7201, promised=fps_share)
    assert rate.report().recent.promised_per_hour == pytest.approx(promised_per_hour, rel=1e-3)


def test_what_nobody_promised_is_not_broken() -> None:
    rate = AlarmRate(DecisionSettings())
    watch(rate, 3000, every=2)
    assert rate.report().recent.promised_per_hour is None
    assert not rate.report().recent.broken


def test_each_bundle_answers_for_what_it_judged() -> None:
    rate = AlarmRate(DecisionSettings(false_alarms_per_hour=1.0))
    watch(rate, 3600)
    watch(rate, 600, start=3600, every=30, digest=B)
    by_bundle = rate.report().by_bundle
    assert list(by_bundle) == [A, B]
    assert (by_bundle[A].events, by_bundle[A].broken) == (0, False)
    assert (by_bundle[B].events, by_bundle[B].broken) == (20, True)
    watch(rate, 10, start=4200, digest=A)
    assert list(rate.report().by_bundle) == [B, A]
    assert rate.report().by_bundle[A].frames == 3610


def test_pauses_of_a_camera_are_not_judged_time() -> None:
    rate = AlarmRate(DecisionSettings())
    watch(rate, 11)
    rate.end()
    watch(rate, 11, start=5000)
    assert rate.report().recent.seconds == 20.0
    watch(rate, 1, start=90_000)  # a trigger that came after a day
    assert rate.report().recent.seconds == 80.0


def test_the_window_forgets_and_takes_bounded_memory() -> None:
    rate = AlarmRate(DecisionSettings(false_alarms_per_hour=1.0))
    watch(rate, 600, every=10)
    assert rate.report().recent.broken
    for number in range(500):
        watch(rate, 1, start=1000 + 50 * number, digest=f"{number % 20:064d}")
    report = rate.report()
    assert (report.recent.events, report.recent.broken) == (0, False)
    assert report.recent.seconds <= 6 * 3600
    assert len(report.by_bundle) == 8


def test_it_may_be_read_while_it_is_fed() -> None:
    rate = AlarmRate(DecisionSettings(false_alarms_per_hour=1.0))
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            recent = rate.report().recent
            assert recent.events <= recent.frames

    reader = threading.Thread(target=read)
    reader.start()
    watch(rate, 5000, every=3)
    done.set()
    reader.join()
    assert rate.report().recent.events == 1667


def test_before_there_is_any_time_nothing_is_claimed() -> None:
    assert AlarmCount.of(1, 1, 0.0, 1.0).per_hour == 0
    assert not AlarmRate(DecisionSettings()).report().broken


def test_another_threshold_forgets_how_near_frames_came_to_the_old_one() -> None:
    rate = AlarmRate(DecisionSettings(open_after=1, open_window=1, close_after=1))
    for number in range(3000):
        rate.frame(judged(number, 0.5 + (number % 97) / 300), events=0, calm=True)
    assert rate.report().predicted is not None
    rate.frame(judged(3000, 0.5, threshold=1.5), events=0, calm=True)
    assert rate.report().predicted is None


def test_what_to_expect_is_learned_anew_of_another_threshold() -> None:
    rate = AlarmRate(DecisionSettings(open_after=1, open_window=1))

    def show(first: int, threshold: float) -> None:
        for number in range(first, first + 300):
            seen = judged(10 * number, threshold - 2 - (number % 7) / 10, threshold)
            rate.frame(seen, events=0, calm=True)

    show(0, 1.0)
    assert rate.report().predicted is not None
    show(300, 1.5)
    assert rate.report().predicted is not None
    rate.frame(judged(10_000, 0.0, 2.0), events=0, calm=True)
    assert rate.report().predicted is None
    assert rate.report().by_bundle[A].frames == 1, "the alarms of another threshold say nothing about this one"
    assert rate.report().recent.frames == 601
