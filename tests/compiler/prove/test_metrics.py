import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.prove import metrics

# Few distinct values, so that ties are common.
some_scores = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=25)
rates = st.floats(0, 1)


@given(some_scores, some_scores)
def test_auroc_is_the_share_of_pairs_in_order_with_ties_half(normal: list[float], anomalous: list[float]) -> None:
    pairs = [1.0 if a > n else 0.5 if a == n else 0.0 for a in anomalous for n in normal]
    assert metrics.auroc(normal, anomalous) == pytest.approx(np.mean(pairs))


@given(some_scores, some_scores)
def test_auroc_is_the_area_under_the_roc_curve(normal: list[float], anomalous: list[float]) -> None:
    curve = metrics.roc_curve(normal, anomalous)
    area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
    assert area == pytest.approx(metrics.auroc(normal, anomalous))
    assert (curve.false_positive_rate[0], curve.true_positive_rate[0]) == (0, 0)
    assert (curve.false_positive_rate[-1], curve.true_positive_rate[-1]) == (1, 1)


@given(some_scores, some_scores)
def test_auroc_turns_around_when_the_sides_are_swapped(normal: list[float], anomalous: list[float]) -> None:
    assert metrics.auroc(normal, anomalous) == pytest.approx(1 - metrics.auroc(anomalous, normal))


@given(some_scores, rates)
def test_the_threshold_keeps_the_promised_rate_and_is_the_lowest_to_do_so(normal: list[float], rate: float) -> None:
    threshold = metrics.threshold_for_false_alarms(normal, rate)
    assert metrics.false_alarm_rate(normal, threshold) <= rate + 1e-9
    lower = [score for score in normal if score < threshold]
    if lower:
        assert metrics.false_alarm_rate(normal, max(lower)) > rate


def test_the_threshold_allows_what_the_rate_says_despite_rounding() -> None:
    assert metrics.false_alarm_rate(range(30), metrics.threshold_for_false_alarms(range(30), 0.1)) == 0.1


def test_the_threshold_holds_in_single_precision() -> None:
    normal = np.array([0.1, 0.2, 0.3], np.float32)
    threshold = metrics.threshold_for_false_alarms(normal, 0.0)
    assert metrics.false_alarm_rate(normal, threshold) == 0
    assert threshold == pytest.approx(0.3)


@given(some_scores, some_scores, st.integers(-6, 6).map(float))
def test_f1_agrees_with_precision_and_recall(normal: list[float], anomalous: list[float], threshold: float) -> None:
    found = sum(score >= threshold for score in anomalous)
    alarms = found + sum(score >= threshold for score in normal)
    expected = 0.0
    if found:
        precision, recall = found / alarms, found / len(anomalous)
        expected = 2 * precision * recall / (precision + recall)
    assert metrics.f1_score(normal, anomalous, threshold) == pytest.approx(expected)
    assert metrics.miss_rate(anomalous, threshold) == pytest.approx(1 - found / len(anomalous))


def _pictures(seed: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    random = np.random.default_rng(seed)
    masks = [(cv2.blur(random.random((12, 14)), (3, 3)) > 0.6).astype(np.uint8) for _ in range(3)]
    masks.append(np.zeros((9, 9), np.uint8))
    maps = [np.round(random.random(mask.shape) + 0.5 * mask, 1) for mask in masks]
    return maps, masks


@pytest.mark.parametrize("seed", range(5))
def test_aupro_agrees_with_a_walk_over_all_thresholds(seed: int) -> None:
    maps, masks = _pictures(seed)
    regions = []
    for one, mask in zip(maps, masks, strict=True):
        count, labels = cv2.connectedComponents(mask, connectivity=8)
        regions += [one[labels == label] for label in range(1, count)]
    normal = np.concatenate([one[mask == 0] for one, mask in zip(maps, masks, strict=True)])
    thresholds = np.unique(np.concatenate([one.ravel() for one in maps]))[::-1]
    x = [0.0] + [float((normal >= t).mean()) for t in thresholds]
    y = [0.0] + [float(np.mean([(region >= t).mean() for region in regions])) for t in thresholds]
    grid = np.linspace(0, 0.3, 20001)
    assert metrics.aupro(maps, masks) == pytest.approx(np.interp(grid, x, y).mean(), abs=1e-3)


def test_a_perfect_map_has_the_highest_pixel_measures_and_its_negative_the_lowest() -> None:
    _, masks = _pictures(0)
    perfect = [mask.astype(np.float32) for mask in masks]
    assert metrics.pixel_auroc(perfect, masks) == 1.0
    assert metrics.aupro(perfect, masks) == pytest.approx(1.0)
    assert metrics.pixel_auroc([-one for one in perfect], masks) == 0.0
    assert metrics.aupro([-one for one in perfect], masks) == pytest.approx(0.0)


def test_a_small_region_weighs_as_much_as_a_large_one() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[2:12, 2:12] = 1
    mask[17, 17] = 1
    only_large = (mask * (np.arange(20)[:, None] < 15)).astype(np.float32)
    only_small = mask - only_large
    assert metrics.aupro([only_large], [mask], limit=0.01) == pytest.approx(0.5, abs=0.01)
    assert metrics.aupro([only_small], [mask], limit=0.01) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("maps", "masks", "words"),
    [
        ([], [], "no map"),
        ([np.zeros((3, 3))], [], "1 maps but 0 masks"),
        ([np.zeros((3, 3))], [np.zeros((3, 4))], "resize one"),
        ([np.zeros((3, 3))], [np.zeros((3, 3))], "defective and normal"),
        ([np.full((2, 2), np.nan)], [np.eye(2)], "finite"),
    ],
)
def test_unusable_maps_are_refused(maps: list[np.ndarray], masks: list[np.ndarray], words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        metrics.pixel_auroc(maps, masks)
    with pytest.raises(WrongUse, match=words):
        metrics.aupro(maps, masks)


def test_unusable_scores_are_refused() -> None:
    with pytest.raises(WrongUse, match="no normal score"):
        metrics.auroc([], [1.0])
    with pytest.raises(WrongUse, match="anomalous score is not a finite"):
        metrics.auroc([1.0], [np.inf])
    with pytest.raises(WrongUse, match="between 0 and 1"):
        metrics.threshold_for_false_alarms([1.0], 1.5)
    with pytest.raises(WrongUse, match="limit"):
        metrics.aupro([np.eye(2)], [np.eye(2)], limit=0.0)


@given(some_scores, some_scores)
def test_the_loss_of_a_change_is_the_difference_of_the_aurocs(normal: list[float], anomalous: list[float]) -> None:
    flipped = ([-score for score in normal], [-score for score in anomalous])
    lost, error = metrics.auroc_loss((normal, anomalous), flipped)
    assert lost == pytest.approx(metrics.auroc(normal, anomalous) - metrics.auroc(*flipped))
    assert error >= 0
    assert metrics.auroc_loss((normal, anomalous), (normal, anomalous)) == (0.0, 0.0)


def test_the_standard_error_of_a_loss_is_what_repeated_draws_show() -> None:
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(400):
        scores = random.normal(0, 1, 60), random.normal(1, 1, 60)
        noisy = tuple(side + random.normal(0, 1, 60) for side in scores)
        drawn.append(metrics.auroc_loss(scores, (noisy[0], noisy[1])))
    losses, errors = np.array(drawn).T
    assert errors.mean() == pytest.approx(losses.std(), rel=0.15)
