"""A region of interest, from what was asked to what a teacher and the compiler get."""

from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.samples.dataset import Counts, write_dataset
from linewatch.cloud.training.dataset import open_dataset
from linewatch.cloud.training.hand_over import pictures_of, suited_shape
from linewatch.cloud.training.pictures import read_picture
from linewatch.cloud.training.reader import SampleReader
from linewatch.cloud.training.region import AskedRegion
from linewatch.cloud.training.run import TrainSettings, load_run, train
from linewatch.protos.bundle import RegionOfInterest


def asked(left: float, top: float, width: float, height: float) -> AskedRegion:
    return AskedRegion(left=left, top=top, width=width, height=height)


def test_pixels_and_shares_name_the_same_part() -> None:
    in_pixels, in_shares = asked(160, 48, 320, 240), asked(0.25, 0.1, 0.5, 0.5)
    assert in_pixels.settled([(480, 640)]).pixels(480, 640) == (slice(48, 288), slice(160, 480))
    assert in_shares.settled([(480, 640), (960, 1280)]).pixels(480, 640) == (slice(48, 288), slice(160, 480))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (asked(400, 0, 300, 100), "not within frames of 640 x 480"),
        (asked(0, 0, 640, 481), "not within"),
        (asked(0.5, 0, 0.6, 1), "not within"),
        (asked(0, 0, 0, 1), "not within"),
        (asked(10, 10, 31, 200), "31 x 200 of the 640 x 480"),
    ],
)
def test_a_bad_region_is_refused(wanted: AskedRegion, said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        wanted.settled([(480, 640)])


def test_pixels_say_nothing_where_pictures_differ_in_size() -> None:
    with pytest.raises(WrongUse, match="2 different sizes"):
        asked(0, 0, 100, 100).settled([(480, 640), (960, 1280)])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    counts = Counts(train_good=16, test_good=3, each_defect=2)
    return write_dataset(tmp_path_factory.mktemp("pictures") / "parts", seed=1, counts=counts)


def test_a_reader_gives_the_part_and_leaves_out_defects_that_lie_elsewhere(pictures: Path, tmp_path: Path) -> None:
    dataset = open_dataset(pictures)
    defect = next(sample for sample in dataset.test if sample.mask is not None)
    assert defect.mask is not None
    whole = read_picture(defect.path)
    mask = np.zeros(whole.shape[:2], np.uint8)
    mask[:20, :30] = 255
    cv2.imwrite(str(defect.mask), mask)
    corner = SampleReader(bits=8, region=RegionOfInterest(left=0, top=0, width=0.5, height=0.5))
    rows, columns = corner.region.pixels(*whole.shape[:2]) if corner.region else (slice(0), slice(0))
    np.testing.assert_array_equal(corner.picture(defect), whole[rows, columns])
    found = corner.mask(defect)
    assert found is not None
    np.testing.assert_array_equal(found, mask[rows, columns] > 0)
    assert defect in corner.within(dataset).test
    elsewhere = SampleReader(bits=8, region=RegionOfInterest(left=0.5, top=0.5, width=0.5, height=0.5))
    seen = elsewhere.within(dataset)
    assert defect not in seen.test
    assert all(sample in seen.test for sample in dataset.test if not sample.anomalous)
    assert SampleReader(bits=8).within(dataset) is dataset


def test_a_run_remembers_its_region_and_hands_it_over(pictures: Path, tmp_path: Path) -> None:
    settings = TrainSettings(region=asked(0.2, 0.1, 0.6, 0.8), size=(96, 128), teacher="gaussian")
    facts = train(pictures, tmp_path / "run", settings)
    run = load_run(tmp_path / "run")
    region = RegionOfInterest(left=0.2, top=0.1, width=0.6, height=0.8)
    assert run.reader.region == region
    assert (facts["region"], facts["settings"]["region"]) == (asdict(region), "0.2,0.1,0.6,0.8")
    handed, whole = pictures_of(run), read_picture(run.dataset.train[0].path)
    assert handed.region == region
    np.testing.assert_array_equal(handed.good[0], whole[region.pixels(*whole.shape[:2])])
    for picture in handed.test:
        assert picture.mask is None or (picture.mask.shape == picture.frame.shape[:2] and picture.mask.any())
    assert suited_shape(run).size == (96, 128)
    with pytest.raises(WrongUse, match="choose a larger one"):
        train(pictures, tmp_path / "tiny", TrainSettings(region=asked(0, 0, 0.01, 1)))
    assert not (tmp_path / "tiny").exists()
