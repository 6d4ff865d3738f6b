from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.dataset import natural_key, open_dataset


def fill(folder: Path, count: int, suffix: str = ".png") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        (folder / f"part{index}{suffix}").touch()
    return folder


def test_the_mvtec_layout_is_read_with_its_masks(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 12)
    fill(tmp_path / "test/scratch", 2)
    fill(tmp_path / "test/chip", 1, ".jpg")
    fill(tmp_path / "test/good", 3)
    truth = tmp_path / "ground_truth/scratch"
    truth.mkdir(parents=True)
    (truth / "part0_mask.png").touch()
    (truth / "part1.png").touch()
    dataset = open_dataset(tmp_path)
    assert [dataset.name(sample.path) for sample in dataset.train][:3] == [
        f"train/good/part{index}.png" for index in range(3)
    ]
    assert dataset.train[-1].path.name == "part11.png"
    assert dataset.kinds == ("good", "chip", "scratch")
    assert [sample.mask and sample.mask.name for sample in dataset.test] == [None] * 4 + ["part0_mask.png", "part1.png"]
    assert [sample.anomalous for sample in dataset.test] == [False] * 3 + [True] * 3


def test_defective_pictures_beside_the_good_ones_are_labelled_ones_to_learn_from(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 12)
    fill(tmp_path / "train/scratch", 2)
    fill(tmp_path / "test/scratch", 3)
    (tmp_path / "ground_truth/scratch").mkdir(parents=True)
    (tmp_path / "ground_truth/scratch/part1_mask.png").touch()
    dataset = open_dataset(tmp_path)
    assert [(sample.kind, sample.path.parent.parent.name) for sample in dataset.labelled] == [("scratch", "train")] * 2
    assert [sample.mask is not None for sample in dataset.labelled] == [False, True]
    assert len(dataset.train) == 12
    assert len(dataset.samples) == 17


def test_a_plain_folder_has_only_pictures_to_learn_from(tmp_path: Path) -> None:
    fill(tmp_path, 9, ".JPG")
    (tmp_path / "README.md").touch()
    (tmp_path / "._part1.jpg").touch()
    dataset = open_dataset(tmp_path)
    assert len(dataset.train) == 9
    assert dataset.test == ()


def test_an_mvtec_folder_without_test_pictures_is_fine(tmp_path: Path) -> None:
    fill(tmp_path / "train/good", 8)
    assert open_dataset(tmp_path).test == ()


@pytest.mark.parametrize("only", ["train", "test/good", "ground_truth/chip", "train/bad"])
def test_an_mvtec_folder_without_good_pictures_to_learn_from_is_refused(tmp_path: Path, only: str) -> None:
    fill(tmp_path / only, 10)
    with pytest.raises(DatasetError, match="no folder train/good: put the good pictures"):
        open_dataset(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no picture"):
        open_dataset(tmp_path)
    (tmp_path / "train/good").mkdir(parents=True)
    with pytest.raises(DatasetError, match="train/good holds no picture"):
        open_dataset(tmp_path)


def test_a_folder_of_folders_is_refused_with_their_names(tmp_path: Path) -> None:
    fill(tmp_path / "washers", 10)
    with pytest.raises(DatasetError, match="its folders are washers: give one of them"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("inside", ["", "train/good"])
def test_too_few_pictures_are_refused(tmp_path: Path, inside: str) -> None:
    fill(tmp_path / inside, 7)
    with pytest.raises(DatasetError, match="holds 7 good pictures: at least 8"):
        open_dataset(tmp_path)


def test_a_wrong_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere does not exist"):
        open_dataset(tmp_path / "nowhere")
    (tmp_path / "file.png").touch()
    with pytest.raises(DatasetError, match=r"file\.png is a file: give the folder"):
        open_dataset(tmp_path / "file.png")


@given(st.lists(st.integers(0, 10**6), unique=True))
def test_numbers_in_names_sort_by_value(numbers: list[int]) -> None:
    names = [f"part{number}.png" for number in numbers]
    assert sorted(names, key=natural_key) == [f"part{number}.png" for number in sorted(numbers)]


@given(st.lists(st.text(max_size=8), unique=True))
def test_the_order_of_any_names_does_not_depend_on_where_they_started(names: list[str]) -> None:
    backwards = list(reversed(names))
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)
