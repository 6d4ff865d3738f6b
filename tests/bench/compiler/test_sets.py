from pathlib import Path

import numpy as np
import pytest
from bench.compiler.sets import picture_sets, with_labels

from linewatch.cloud.samples.dataset import Counts, write_dataset
from linewatch.cloud.training.dataset import open_dataset
from linewatch.cloud.training.run import Run, TrainSettings, load_run, train
from linewatch.compiler.pictures import Pictures


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("sets")
    pictures = write_dataset(folder / "parts", seed=5, counts=Counts(train_good=8, test_good=2, each_defect=5))
    train(pictures, folder / "run", TrainSettings(teacher="gaussian", size=(64, 64)))
    return load_run(folder / "run")


def shown(pictures: Pictures) -> tuple[set[bytes], set[bytes]]:
    """What is learned from, and what is judged on."""
    learned = {picture.frame.tobytes() for picture in pictures.labelled}
    return learned, {picture.frame.tobytes() for picture in pictures.test if picture.defective}


def test_no_picture_is_learned_from_and_judged_on(run: Run) -> None:
    learned, judged = shown(with_labels(run, None))
    defective = [sample for sample in run.dataset.test if sample.anomalous]
    assert not learned & judged
    assert len(learned) + len(judged) == len(defective)


def test_the_even_half_of_each_kind_is_learned_from(run: Run) -> None:
    kinds = {sample.kind for sample in run.dataset.test if sample.anomalous}
    pictures = with_labels(run, 2)
    for kind in kinds:
        names = sorted(sample.path for sample in run.dataset.test if sample.kind == kind)
        even = [run.reader.picture(sample) for sample in run.dataset.test if sample.path in names[::2]]
        mine = [picture.frame for picture in pictures.labelled if picture.kind == kind]
        assert len(mine) == 2
        assert all(any(np.array_equal(frame, one) for one in even) for frame in mine)


def test_the_projects_own_pictures_stand_in_for_sets_that_are_not_there(tmp_path: Path) -> None:
    found = picture_sets(tmp_path / "nothing", tmp_path)
    assert list(found) == ["samples"]
    assert len(open_dataset(found["samples"]).train) >= 8
    (tmp_path / "shared" / "toy_alien").mkdir(parents=True)
    assert list(picture_sets(tmp_path / "shared", tmp_path)) == ["toy_alien"]
