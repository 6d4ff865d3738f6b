from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from linewatch.cloud.training.dataset import Dataset, Sample, open_dataset
from linewatch.cloud.training.evaluate import Judged, judge, measure
from linewatch.cloud.training.reader import SampleReader
from linewatch.cloud.training.report import draw_report
from linewatch.compiler.teacher import FloatArray, UInt8Array

READER = SampleReader(bits=8)


class Brightness:
    """A judge to whom bright cells are strange."""

    def judge(self, frames: Sequence[UInt8Array], /) -> tuple[FloatArray, FloatArray]:
        cells = [cv2.resize(frame[:, :, 0], (32, 32), interpolation=cv2.INTER_AREA) for frame in frames]
        maps = np.stack(cells).astype(np.float32)
        return maps, maps.max((1, 2))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    def save(name: str, pixels: np.ndarray) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / name), pixels)

    for index in range(10):
        save(f"train/good/{index}.png", np.full((96, 128), index, np.uint8))
        save(f"test/good/{index}.png", np.full((96, 128), 100 + index, np.uint8))
    for index in range(3):
        picture, mask = np.full((96, 128), 50, np.uint8), np.zeros((96, 128), np.uint8)
        picture[30:60, 40:80] = [104, 200, 240][index]
        mask[30:60, 40:80] = 255
        save(f"test/spot/{index}.png", picture)
        if index:
            save(f"ground_truth/spot/{index}_mask.png", mask)
    return open_dataset(tmp_path)


def test_measures_are_those_of_scores_and_masks(dataset: Dataset) -> None:
    measured = measure(judge(Brightness(), dataset, READER), threshold=109)
    assert (measured.good, measured.defective) == (10, 3)
    assert measured.image_auroc == pytest.approx((4.5 + 10 + 10) / 30)
    assert measured.miss_rate == pytest.approx(1 / 3)
    assert measured.false_alarm_rate == pytest.approx(1 / 10)
    assert measured.f1 == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert measured.pixel_auroc is not None
    assert measured.pixel_auroc > 0.95
    assert measured.aupro is not None
    assert measured.aupro > 0.9


def test_what_cannot_be_measured_is_none(dataset: Dataset) -> None:
    good = tuple(sample for sample in dataset.test if not sample.anomalous)
    only_good = judge(Brightness(), Dataset(root=dataset.root, train=dataset.train, test=good), READER)
    measured = measure(only_good, threshold=105)
    assert (measured.image_auroc, measured.pixel_auroc, measured.aupro, measured.f1, measured.miss_rate) == (None,) * 5
    assert measured.false_alarm_rate == 0.5
    nothing = judge(Brightness(), Dataset(root=dataset.root, train=dataset.train, test=()), READER)
    assert measure(nothing, threshold=105).false_alarm_rate is None


def test_defects_without_masks_leave_the_pixel_measures_out(dataset: Dataset) -> None:
    test = tuple(Sample(path=sample.path, kind=sample.kind) for sample in dataset.test)
    measured = measure(judge(Brightness(), Dataset(root=dataset.root, train=dataset.train, test=test), READER), 105)
    assert measured.image_auroc is not None
    assert (measured.pixel_auroc, measured.aupro) == (None, None)


def green(png: bytes) -> int:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return int((picture == (0, 220, 0)).all(axis=2).sum())


def test_the_report_outlines_the_masks_it_shows(dataset: Dataset) -> None:
    judged = judge(Brightness(), dataset, READER)
    with_masks = draw_report(judged, 105)
    bare = tuple(Sample(path=sample.path, kind=sample.kind) for sample in judged.samples)
    without = draw_report(Judged(samples=bare, reader=READER, scores=judged.scores, maps=judged.maps), 105)
    assert green(with_masks) > 400
    assert green(without) == 0


def test_a_report_of_good_pictures_alone_has_one_row(dataset: Dataset) -> None:
    good = tuple(sample for sample in dataset.test if not sample.anomalous)
    whole = cv2.imdecode(np.frombuffer(draw_report(judge(Brightness(), dataset, READER), 105), np.uint8), 1)
    judged = judge(Brightness(), Dataset(root=dataset.root, train=dataset.train, test=good), READER)
    one = cv2.imdecode(np.frombuffer(draw_report(judged, 105), np.uint8), 1)
    assert whole is not None
    assert one is not None
    assert whole.shape[1] == one.shape[1]
    assert 2.5 * one.shape[0] < whole.shape[0] < 3 * one.shape[0]
