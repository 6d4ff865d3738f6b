"""What the demo refuses before it begins, and what an interrupted one leaves. The whole of it is run by `make demo`."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from linewatch.cloud.demo.children import installed_command
from linewatch.cloud.demo.demo import run_demo
from linewatch.cloud.demo.earlier import mark
from linewatch.cloud.errors import DatasetError, WrongUse
from linewatch.cloud.samples.dataset import Counts, write_dataset


def quiet(_what: str, _done: int, _all: int) -> None:
    pass


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The folder of an earlier demo, with its pictures."""
    out = tmp_path / "demo-run"
    write_dataset(out / "pictures", seed=0, counts=Counts(train_good=8, test_good=1, each_defect=1))
    mark(out)
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


def test_ctrl_c_leaves_the_earlier_result_and_is_told_once(earlier: Path, tmp_path: Path) -> None:
    (earlier / "mine.txt").write_text("mine")
    pictures = write_dataset(tmp_path / "own", seed=1, counts=Counts(train_good=8, test_good=1, each_defect=1))
    before = files(tmp_path)
    with subprocess.Popen(
        [installed_command("linewatch"), "demo", "--data", str(pictures), "--out", str(earlier)],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
    ) as demo:  # fmt: skip
        assert demo.stderr is not None
        first = demo.stderr.readline()  # a step that runs as a command of its own has begun
        os.killpg(demo.pid, signal.SIGINT)
        said = first + demo.stderr.read()
    assert demo.returncode == 130, said
    assert said.count("interrupted") == 1, said
    assert "Traceback" not in said
    assert files(tmp_path) == before
