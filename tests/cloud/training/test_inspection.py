from pathlib import Path

import cv2
import numpy as np
import pytest

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.dataset import open_dataset
from linewatch.cloud.training.inspection import DatasetFacts, inspect_dataset


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index in range(8):
        save(tmp_path / f"train/good/{index}.png", np.full((40, 50), index, np.uint8))
    save(tmp_path / "test/chip/0.png", np.full((40, 60), 9, np.uint8))
    save(tmp_path / "ground_truth/chip/0_mask.png", np.eye(40, 60, dtype=np.uint8))
    return tmp_path


def facts(folder: Path) -> DatasetFacts:
    return inspect_dataset(open_dataset(folder))


def test_the_facts_of_a_dataset(folder: Path) -> None:
    save(folder / "train/good/wide.png", np.zeros((40, 99), np.uint8))
    told = facts(folder)
    assert told.bits == 8
    assert told.sizes == ((40, 50), (40, 99))
    assert len(told.digest) == 64


def test_the_digest_follows_names_and_contents_and_nothing_else(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = facts(folder).digest
    assert facts(folder).digest == before
    moved = folder.rename(tmp_path_factory.mktemp("elsewhere") / "data")
    (moved / "README.md").touch()
    assert facts(moved).digest == before
    save(moved / "ground_truth/chip/0_mask.png", np.ones((40, 60), np.uint8))
    masked = facts(moved).digest
    (moved / "train/good/3.png").rename(moved / "train/good/03.png")
    renamed = facts(moved).digest
    save(moved / "train/good/03.png", np.full((40, 50), 77, np.uint8))
    assert len({before, masked, renamed, facts(moved).digest}) == 4


def test_the_depth_is_that_of_the_brightest_picture_to_learn_from(folder: Path) -> None:
    save(folder / "test/good/deep.png", np.full((40, 40), 60_000, np.uint16))
    assert facts(folder).bits == 16
    save(folder / "train/good/deep.png", np.full((40, 40), 4000, np.uint16))
    assert facts(folder).bits == 12


def test_every_unusable_file_is_named_at_once(folder: Path) -> None:
    (folder / "train/good/2.png").write_bytes(b"broken")
    save(folder / "test/chip/tiny.png", np.zeros((8, 8), np.uint8))
    save(folder / "ground_truth/chip/0_mask.png", np.zeros((40, 61), np.uint8))
    with pytest.raises(DatasetError) as caught:
        facts(folder)
    for words in (
        r"2.png is broken",
        "tiny.png is 8 x 8",
        "0_mask.png is 61 x 40 pixels but its picture 0.png 60 x 40",
    ):
        assert words in str(caught.value)


def test_a_long_list_of_unusable_files_is_cut(folder: Path) -> None:
    for path in (folder / "train/good").iterdir():
        path.write_bytes(b"broken")
    with pytest.raises(DatasetError, match="and 3 files more"):
        facts(folder)


def test_progress_reaches_the_end(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    inspect_dataset(open_dataset(folder), lambda stage, done, total: seen.append((done, total)))
    assert seen == [(done, 9) for done in range(10)]
