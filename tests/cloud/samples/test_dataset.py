from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from linewatch.cloud.errors import CloudError
from linewatch.cloud.samples.dataset import Counts, write_dataset
from linewatch.cloud.samples.part import KINDS
from linewatch.cloud.training.dataset import Dataset, open_dataset
from linewatch.cloud.training.inspection import inspect_dataset
from linewatch.cloud.training.pictures import read_picture

FEW = Counts(train_good=9, test_good=2, each_defect=1)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(write_dataset(tmp_path_factory.mktemp("samples"), seed=5, counts=FEW))


def test_the_dataset_has_the_layout_that_training_reads(dataset: Dataset) -> None:
    assert len(dataset.train) == FEW.train_good
    assert dataset.kinds == ("good", *KINDS)
    assert [sample.mask is not None for sample in dataset.test] == [sample.anomalous for sample in dataset.test]
    assert inspect_dataset(dataset).sizes == ((512, 640),)


def test_labelled_defects_come_beside_what_is_drawn_without_them(dataset: Dataset, tmp_path: Path) -> None:
    more = open_dataset(write_dataset(tmp_path / "more", seed=5, counts=replace(FEW, each_labelled=2)))
    assert [sample.path.read_bytes() for sample in more.test] == [sample.path.read_bytes() for sample in dataset.test]
    assert {(sample.kind, sample.mask is not None) for sample in more.labelled} == {(kind, True) for kind in KINDS}
    assert len(more.labelled) == 2 * len(KINDS)
    assert len(more.train) == FEW.train_good


def test_every_mask_marks_something(dataset: Dataset) -> None:
    for sample in dataset.test:
        if sample.mask is not None:
            mask = cv2.imread(str(sample.mask), cv2.IMREAD_UNCHANGED)
            assert mask is not None
            assert set(np.unique(mask)) == {0, 255}


def test_the_same_seed_gives_the_same_dataset(dataset: Dataset, tmp_path: Path) -> None:
    again = open_dataset(write_dataset(tmp_path / "again", seed=5, counts=FEW))
    other = open_dataset(write_dataset(tmp_path / "other", seed=6, counts=FEW))
    digest = inspect_dataset(dataset).digest
    assert inspect_dataset(again).digest == digest
    assert inspect_dataset(other).digest != digest


def test_good_pictures_differ_but_little(tmp_path: Path) -> None:
    write_dataset(tmp_path, seed=3, counts=Counts(train_good=8, test_good=1, each_defect=1))
    pictures = [read_picture(path).astype(int) for path in sorted((tmp_path / "train" / "good").iterdir())]
    differences = [np.abs(one - pictures[0]).mean() for one in pictures[1:]]
    assert min(differences) > 1
    assert max(differences) < 20


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(CloudError, match="is not empty"):
        write_dataset(tmp_path, counts=FEW)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_progress_counts_every_picture(tmp_path: Path) -> None:
    counts = Counts(train_good=1, test_good=1, each_defect=0)
    seen: list[tuple[int, int]] = []
    write_dataset(tmp_path, counts=counts, progress=lambda stage, done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]
