import pytest

from linewatch.edge.capture.offer_rate import WINDOW_S, OfferRate


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def offer(rate: OfferRate, clock: Clock, *, per_second: int, seconds: int) -> None:
    for _ in range(per_second * seconds):
        clock.now += 1 / per_second
        rate.add()


def test_it_is_the_rate_of_the_last_minute() -> None:
    clock = Clock()
    rate = OfferRate(clock)
    rate.opened()
    assert rate.per_second() == 0
    offer(rate, clock, per_second=10, seconds=300)
    assert rate.per_second() == pytest.approx(10, rel=0.05)
    offer(rate, clock, per_second=50, seconds=int(WINDOW_S) + 1)
    assert rate.per_second() == pytest.approx(50, rel=0.05)
    clock.now += 2 * WINDOW_S
    assert rate.per_second() == 0


def test_a_camera_that_was_away_counts_in_full() -> None:
    clock = Clock()
    rate = OfferRate(clock)
    rate.opened()
    offer(rate, clock, per_second=20, seconds=30)
    clock.now += 3600
    rate.opened()
    offer(rate, clock, per_second=20, seconds=5)
    assert rate.per_second() == pytest.approx(20, rel=0.05)


def test_frames_that_were_given_up_were_offered() -> None:
    clock = Clock()
    rate = OfferRate(clock)
    rate.opened()
    rate.add()
    rate.add(frames=9)
    clock.now += 2
    assert rate.per_second() == 5
