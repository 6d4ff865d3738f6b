"""What the demo refuses before it removes or begins anything. The whole of it is run by `make demo`."""

from pathlib import Path

import pytest

from linewatch.cloud.demo.demo import run_demo
from linewatch.cloud.errors import DatasetError, WrongUse
from linewatch.cloud.samples.dataset import Counts, write_dataset


def quiet(_what: str, _done: int, _all: int) -> None:
    pass


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The folder of an earlier demo, with its pictures."""
    out = tmp_path / "demo-run"
    write_dataset(out / "pictures", seed=0, counts=Counts(train_good=8, test_good=1, each_defect=1))
    (out / ".linewatch-demo").write_text("made by linewatch demo\n")
    return out


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def test_pictures_inside_the_folder_that_would_be_replaced_stay(earlier: Path) -> None:
    before = files(earlier)
    with pytest.raises(WrongUse, match="move the pictures elsewhere"):
        run_demo(earlier / "pictures", earlier, 0, quiet)
    assert files(earlier) == before


def test_a_wrong_path_leaves_the_earlier_demo(earlier: Path, tmp_path: Path) -> None:
    before = files(earlier)
    with pytest.raises(DatasetError, match="nowhere"):
        run_demo(tmp_path / "nowhere", earlier, 0, quiet)
    assert files(earlier) == before


def test_pictures_without_good_ones_to_show_are_refused_at_once(earlier: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="test/good"):
        run_demo(earlier / "pictures" / "train" / "good", tmp_path / "out", 0, quiet)
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(WrongUse, match="is a file"):
        run_demo(None, tmp_path / "out", 0, quiet)
    assert (tmp_path / "out").read_text() == "mine"
