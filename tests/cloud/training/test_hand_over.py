"""What a trained run hands to the compiler."""

import shutil

import pytest

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.samples.dataset import Counts, write_dataset
from linewatch.cloud.training import hand_over
from linewatch.cloud.training.hand_over import pictures_of, suited_shape
from linewatch.cloud.training.run import Run, TrainSettings, load_run, train


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on pictures of which some defective ones may be learned from."""
    folder = tmp_path_factory.mktemp("labelled")
    pictures = write_dataset(folder / "parts", seed=1, counts=Counts(train_good=16, test_good=3, each_defect=3))
    for kind in [path for path in (pictures / "test").iterdir() if path.name != "good"]:
        (pictures / "train" / kind.name).mkdir()
        first = sorted(kind.iterdir())[0]
        shutil.move(first, pictures / "train" / kind.name / first.name)
    train(pictures, folder / "run", TrainSettings(teacher="gaussian", size=(128, 160)))
    return load_run(folder / "run")


def test_labelled_pictures_come_with_kind_and_mask_and_are_not_judged(run: Run) -> None:
    pictures = pictures_of(run)
    assert len(pictures.good) == 16
    kinds = [picture.kind for picture in pictures.labelled]
    assert len(kinds) == len(set(kinds)) == 5
    assert all(picture.mask is not None and picture.mask.any() for picture in pictures.labelled)
    assert sum(picture.defective for picture in pictures.test) == 10
    judged = {picture.frame.tobytes() for picture in pictures.test}
    assert all(picture.frame.tobytes() not in judged for picture in pictures.labelled)


def test_the_student_sees_what_its_teacher_sees_and_has_heads_for_its_labels(run: Run) -> None:
    shape = suited_shape(run)
    assert shape.size == (128, 160) == run.choice.size
    assert shape.heads == ("gaussian", "discriminator")


def test_the_facts_of_the_run_say_why(run: Run) -> None:
    assert run.facts["teacher"]["kind"] == "gaussian"
    assert run.facts["teacher"]["evidence"] == run.choice.evidence > 0.7
    assert run.facts["dataset"]["labelled"] == 5


def test_pictures_that_do_not_fit_into_memory_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over, "available_bytes", lambda: 10_000_000)
    with pytest.raises(WrongUse, match=r"the 34 pictures take 0\.0 GB in memory, and 0\.0 GB are free"):
        pictures_of(run)
    monkeypatch.setattr(hand_over, "available_bytes", lambda: None)
    assert pictures_of(run).good
