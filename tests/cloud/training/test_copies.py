from pathlib import Path

import cv2
import numpy as np
import pytest

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.copies import copy_notes, without_copies
from linewatch.cloud.training.dataset import Dataset, open_dataset
from linewatch.cloud.training.inspection import inspect_dataset


def write(folder: Path, pictures: dict[str, int]) -> Dataset:
    """Pictures of one shade each, by path."""
    for path, shade in pictures.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / path), np.full((40, 40, 3), shade, np.uint8))
    return open_dataset(folder)


def names(dataset: Dataset) -> list[str]:
    return [dataset.name(sample.path) for sample in (*dataset.train, *dataset.labelled)]


def test_the_first_of_equal_pictures_counts_and_people_are_told(tmp_path: Path) -> None:
    found = write(
        tmp_path,
        {
            **{f"train/good/{number}.png": 10 * number for number in range(1, 9)},
            "train/good/9.png": 10,
            "train/dent/1.png": 130,
            "train/dent/2.png": 130,
            "test/good/1.png": 20,
            "test/good/2.png": 140,
            "test/dent/1.png": 150,
        },
    )
    hashes = inspect_dataset(found).hashes
    good = [f"train/good/{number}.png" for number in range(1, 9)]
    assert names(without_copies(found, hashes)) == [*good, "train/dent/1.png"]
    copies, known = copy_notes(found, hashes)
    assert copies == "1 of the 9 good pictures are copies of others and count once"
    assert "1 of the 3 test pictures" in known
    assert "test/good/1.png" in known


def test_a_set_without_copies_stays_as_it_is(tmp_path: Path) -> None:
    found = write(tmp_path, {f"train/good/{shade}.png": shade for shade in range(10)})
    hashes = inspect_dataset(found).hashes
    assert without_copies(found, hashes) == found
    assert copy_notes(found, hashes) == []


def test_pictures_that_are_all_the_same_are_refused(tmp_path: Path) -> None:
    found = write(tmp_path, {f"train/good/{number}.png": 7 for number in range(9)})
    with pytest.raises(DatasetError, match="all the same"):
        without_copies(found, inspect_dataset(found).hashes)


def test_enough_pictures_must_differ(tmp_path: Path) -> None:
    found = write(tmp_path, {f"train/good/{number}.png": number % 5 for number in range(20)})
    with pytest.raises(DatasetError, match="5 of the 20 good pictures differ"):
        without_copies(found, inspect_dataset(found).hashes)


def test_a_picture_cannot_be_good_and_defective(tmp_path: Path) -> None:
    found = write(tmp_path, {**{f"train/good/{shade}.png": shade for shade in range(8)}, "train/dent/9.png": 2})
    with pytest.raises(DatasetError, match=r"train/dent/9\.png is the same picture as train/good/2\.png"):
        without_copies(found, inspect_dataset(found).hashes)
