"""`linewatch train` as a person calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from linewatch.cloud.samples.dataset import Counts, write_dataset


def linewatch(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from linewatch.cloud.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    counts = Counts(train_good=8, test_good=2, each_defect=1)
    return write_dataset(tmp_path_factory.mktemp("pictures") / "parts", seed=3, counts=counts)


def test_it_writes_a_run_and_tells_its_measures(pictures: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    done = linewatch("train", pictures, "-o", tmp_path / "run", "--json", told)
    assert done.returncode == 0, done.stderr
    assert "image auroc" in done.stdout
    assert "reading features" in done.stderr
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert json.loads(told.read_text()) == facts
    assert facts["metrics"]["defective"] == 5
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.json", "teacher.safetensors", "report.png"}
    assert {path.name for path in tmp_path.iterdir()} == {"run", "told.json"}
    refused = linewatch("train", pictures, "-o", tmp_path / "run")
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    again = linewatch("train", pictures, "-o", tmp_path / "run", "--replace")
    assert again.returncode == 0, again.stderr
    assert json.loads((tmp_path / "run" / "run.json").read_text()) == facts


def test_wrong_use_ends_with_2_and_leaves_everything_as_it_was(pictures: Path, tmp_path: Path) -> None:
    nowhere = linewatch("train", tmp_path / "nowhere", "-o", tmp_path / "run")
    assert (nowhere.returncode, "does not exist" in nowhere.stderr) == (2, True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    occupied = linewatch("train", pictures, "-o", tmp_path / "mine")
    assert (occupied.returncode, "no training run" in occupied.stderr) == (2, True)
    broken = tmp_path / "broken"
    broken.mkdir()
    for index in range(9):
        (broken / f"{index}.png").write_bytes(b"no picture")
    refused = linewatch("train", broken, "-o", tmp_path / "run")
    assert (refused.returncode, "0.png is broken" in refused.stderr) == (2, True)
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "broken"}


def test_a_region_is_kept_in_the_run_and_a_bad_one_is_wrong_use(pictures: Path, tmp_path: Path) -> None:
    outside = linewatch("train", pictures, "-o", tmp_path / "run", "--region", "0.5,0,0.6,1")
    assert (outside.returncode, "not within frames" in outside.stderr) == (2, True)
    unclear = linewatch("train", pictures, "-o", tmp_path / "run", "--region", "middle")
    assert (unclear.returncode, "is no region" in unclear.stderr) == (2, True)
    assert not list(tmp_path.iterdir())
    done = linewatch("train", pictures, "-o", tmp_path / "run", "--region", "0.1,0.1,0.8,0.8")
    assert done.returncode == 0, done.stderr
    assert "of the region 0.1,0.1,0.8,0.8" in done.stdout
    assert json.loads((tmp_path / "run" / "run.json").read_text())["region"]["width"] == 0.8


def test_a_folder_that_cannot_be_written_is_told_before_the_work(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = linewatch("train", pictures, "-o", tmp_path / "file" / "run")
    assert (done.returncode, "cannot write the run" in done.stderr) == (1, True)
    assert "reading features" not in done.stderr
