import math
import random
from collections.abc import Callable
from functools import partial

import pytest

from linewatch.edge.decide.near_misses import LEAST_BLOCKS, NearMisses

BLOCKS = 1024


def watch(near: NearMisses, score: Callable[[], float], blocks: int = BLOCKS, frames: int = 20) -> None:
    """So many blocks of ten seconds with so many frames each."""
    for _ in range(blocks * frames):
        near.add(score(), 10 / frames, calm=True)


def exponential(random_: random.Random, start: float) -> float:
    return random_.expovariate(1.0) + start


@pytest.mark.parametrize("seed", range(5))
def test_an_exponential_tail_is_extrapolated_to_its_rate(seed: int) -> None:
    random_ = random.Random(seed)
    near = NearMisses(1, 1)
    # One frame exceeds 0 with exp(-12); 20 in a block, 360 blocks an hour.
    watch(near, lambda: random_.expovariate(1.0) - 12.0)
    prediction = near.predict()
    assert prediction is not None
    truth = 20 * 360 * math.exp(-12)
    assert truth / 4 < prediction.per_hour < truth * 4
    assert prediction.lower_per_hour < prediction.per_hour < prediction.upper_per_hour


def test_the_range_holds_the_truth_nearly_always() -> None:
    truth, held = 360 * math.exp(-8), 0
    for seed in range(40):
        near = NearMisses(1, 1)
        watch(near, partial(exponential, random.Random(seed), -8.0), blocks=512, frames=1)
        prediction = near.predict()
        assert prediction is not None
        held += prediction.lower_per_hour <= truth <= prediction.upper_per_hour
    assert held >= 34


def test_a_tail_that_falls_faster_is_not_promised_to_be_better_than_it_is() -> None:
    random_ = random.Random(3)
    near = NearMisses(1, 1)
    watch(near, lambda: random_.gauss(-4.5, 1.0))
    prediction = near.predict()
    assert prediction is not None
    truth = 20 * 360 * 0.5 * math.erfc(4.5 / math.sqrt(2))
    assert truth / 2 < prediction.per_hour < truth * 30


@pytest.mark.parametrize("seed", range(3))
def test_neighbouring_frames_may_be_as_alike_as_they_like(seed: int) -> None:
    random_ = random.Random(seed)
    level = 0.0
    near = NearMisses(2, 3)
    for _ in range(BLOCKS * 20):
        level = 0.98 * level + math.sqrt(1 - 0.98**2) * random_.gauss(0, 1)
        near.add(level - 3.2, 0.5, calm=level < 3.2)
    prediction = near.predict()
    assert prediction is not None
    truth = 0.43  # counted over 300,000 frames; a tail that falls faster than an exponential one is overrated
    assert truth / 3 < prediction.per_hour < truth * 12


def test_it_asks_for_as_many_frames_at_once_as_an_event_does() -> None:
    single, double = NearMisses(1, 1), NearMisses(2, 3)
    random_ = random.Random(5)
    for _ in range(BLOCKS * 20):
        score = random_.expovariate(1.0) - 9.0
        single.add(score, 0.5, calm=True)
        double.add(score, 0.5, calm=True)
    one, two = single.predict(), double.predict()
    assert one is not None
    assert two is not None
    assert two.per_hour < one.per_hour / 10


def test_nothing_is_said_too_early_about_defects_or_of_another_bundle() -> None:
    near = NearMisses(1, 1)
    watch(near, lambda: -5.0 + 1e-9 * random.random(), blocks=LEAST_BLOCKS - 1, frames=1)
    assert near.predict() is None
    near.add(7.0, 10.0, calm=False)
    near.add(-4.0, 10.0, calm=False)
    assert near.predict() is None
    watch(near, lambda: -5.0, blocks=1, frames=1)
    prediction = near.predict()
    assert prediction is not None
    assert prediction.per_hour == pytest.approx(0.0, abs=1e-12)
    near.forget()
    assert near.predict() is None


def test_scores_that_reach_up_to_the_threshold_are_no_better_than_one_alarm_for_each_such_block() -> None:
    random_ = random.Random(6)
    near = NearMisses(1, 1)
    watch(near, lambda: -(random_.random() ** 2), frames=1)
    prediction = near.predict()
    assert prediction is not None
    assert prediction.per_hour == pytest.approx(36.0)
