"""Training on pictures drawn here, from the folder to the teacher and back from the run."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linewatch.cloud.errors import CloudError, DatasetError, WrongUse
from linewatch.cloud.samples.dataset import Counts, write_dataset
from linewatch.cloud.training.pictures import read_picture
from linewatch.cloud.training.run import TrainSettings, load_run, train


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    counts = Counts(train_good=16, test_good=6, each_defect=2)
    return write_dataset(tmp_path_factory.mktemp("pictures") / "parts", seed=1, counts=counts)


@pytest.fixture(scope="module")
def trained(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("runs") / "run"
    return folder, train(pictures, folder, TrainSettings())


def test_the_teacher_tells_defects_from_good_parts(trained: tuple[Path, dict[str, Any]]) -> None:
    metrics = trained[1]["metrics"]
    assert metrics["image_auroc"] > 0.8
    assert metrics["pixel_auroc"] > 0.8
    assert (metrics["good"], metrics["defective"]) == (6, 10)


def test_the_run_gives_the_same_teacher_again(trained: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, facts = trained
    run = load_run(folder)
    frames = [read_picture(sample.path) for sample in run.dataset.test[:3]]
    assert run.teacher.threshold == facts["teacher"]["threshold"]
    again = train(run.dataset.root, tmp_path / "again", TrainSettings())
    assert again == facts
    np.testing.assert_array_equal(load_run(tmp_path / "again").teacher.scores(frames), run.teacher.scores(frames))
    rows, columns = run.teacher.grid
    assert run.teacher.features(frames).shape == (3, rows, columns, run.teacher.channels)
    assert run.teacher.maps(frames).shape == (3, rows, columns)


def test_one_call_may_mix_sizes(trained: tuple[Path, dict[str, Any]]) -> None:
    teacher = load_run(trained[0]).teacher
    small, large = np.full((70, 50, 3), 90, np.uint8), np.full((900, 1200, 3), 90, np.uint8)
    scores = teacher.scores([small, large])
    np.testing.assert_allclose(scores, np.concatenate([teacher.scores([small]), teacher.scores([large])]), rtol=1e-4)


def test_changed_pictures_and_damaged_runs_are_refused(
    pictures: Path, trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    shutil.copytree(pictures, tmp_path / "parts")
    shutil.copytree(trained[0], tmp_path / "run")
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    facts["dataset"]["path"] = str(tmp_path / "parts")
    (tmp_path / "run" / "run.json").write_text(json.dumps(facts))
    load_run(tmp_path / "run")
    next((tmp_path / "parts" / "train" / "good").iterdir()).unlink()
    with pytest.raises(WrongUse, match="changed since"):
        load_run(tmp_path / "run")
    (tmp_path / "run" / "run.json").write_text("{")
    with pytest.raises(CloudError, match="damaged"):
        load_run(tmp_path / "run")
    with pytest.raises(WrongUse, match="linewatch train"):
        load_run(tmp_path / "parts")


def test_nothing_is_written_where_something_else_stands(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(WrongUse, match="no training run"):
        train(pictures, tmp_path, TrainSettings())
    with pytest.raises(DatasetError, match="does not exist"):
        train(tmp_path / "nowhere", tmp_path / "run", TrainSettings())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_pictures_that_are_all_the_same_teach_nothing(tmp_path: Path) -> None:
    import cv2

    (tmp_path / "same").mkdir()
    for index in range(8):
        cv2.imwrite(str(tmp_path / "same" / f"{index}.png"), np.full((64, 64, 3), 90, np.uint8))
    with pytest.raises(DatasetError, match="all the same"):
        train(tmp_path / "same", tmp_path / "run", TrainSettings())


@pytest.mark.parametrize("name", ["efficientnet-lite", "resnet"])
def test_an_unknown_backbone_names_the_known_ones(pictures: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUse, match="efficientnet-lite0"):
        train(pictures, tmp_path / "run", TrainSettings(backbone=name))
