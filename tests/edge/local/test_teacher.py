import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.local.taught import coloured, red
from edge.tiny_bundle import make_bundle, make_moving_bundle
from linewatch.edge.errors import LocalChangeRefused, TeachingRefused, WrongUse
from linewatch.edge.infer.model import Model, load_model
from linewatch.edge.local.change import NewGood, NewThreshold
from linewatch.edge.local.journal import Journal
from linewatch.edge.local.scores import Scores
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.protos.bundle import FrameStack, read_bundle, write_bundle

REDS = [red(number) for number in range(3)]
BLUES = [coloured(0, 0, 255), coloured(0, 5, 250)]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state", site="s", device="d")


@pytest.fixture(autouse=True)
def state(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()


def release(folder: Path, base: Path, number: int) -> Model:
    """The same graph under another digest, as a newer release of it."""
    bundle = read_bundle(base)
    files = {entry.path: bundle.read(entry.path) for entry in bundle.manifest.files}
    write_bundle(folder, replace(bundle.manifest, release=number), files)
    return load_model(folder)


def normal(model: Model, count: int = 60) -> Scores:
    scores, random = Scores(moving=False), np.random.default_rng(0)
    for _ in range(count):
        frame = random.integers(60, 250, (96, 128, 3), dtype=np.uint8)
        scores.add(frame, model.judge(frame).score + 0.5)
    return scores


def test_good_pictures_take_away_their_kind_of_alarm_and_undo_brings_it_back(journal: Journal, model: Model) -> None:
    teacher = LocalTeacher(journal, model)
    assert teacher.judge(red(7)).anomalous
    change = teacher.keep(teacher.good([*REDS, coloured(128, 128, 128, spot=False)], camera="line-1"), "paint")
    assert isinstance(change.taught, NewGood)
    assert (change.basis.frames, change.basis.cameras, change.words) == (3, ("line-1",), "paint")
    taught = LocalTeacher(journal, model)
    assert taught.judge(red(7)).taught_good
    assert taught.judge(coloured(128, 128, 128)).anomalous
    assert taught.judge(coloured(0, 255, 0)).anomalous
    with pytest.raises(TeachingRefused, match="normal already"):
        taught.good(REDS)
    assert len(list((journal.folder / "pictures").iterdir())) == 3
    assert taught.undo().number == 1
    assert LocalTeacher(journal, model).judge(red(7)).anomalous
    assert list((journal.folder / "pictures").iterdir()) == []
    with pytest.raises(WrongUse, match="nothing"):
        taught.undo()


def test_what_looks_like_a_defect_of_the_bundle_cannot_be_taught_as_good(journal: Journal, model: Model) -> None:
    with pytest.raises(TeachingRefused, match="looks the same"):
        LocalTeacher(journal, model).good([coloured(128, 128, 128, column=0)])


def test_equal_pictures_count_once(journal: Journal, model: Model) -> None:
    assert LocalTeacher(journal, model).good([red(0), red(0)]).basis.frames == 1


def test_defects_get_names_and_good_must_not_hide_them(journal: Journal, model: Model) -> None:
    teacher = LocalTeacher(journal, model)
    teacher.keep(teacher.defect("blue", BLUES))
    teacher = LocalTeacher(journal, model)
    assert teacher.judge(coloured(0, 0, 240)).defect_class == "blue"
    assert teacher.defect("blue", [coloured(0, 9, 230)]).told == ("'blue' is known by 2 pictures, and by 1 more now",)
    with pytest.raises(TeachingRefused, match="known defect 'blue'"):
        teacher.good([coloured(0, 20, 240)])
    teacher.keep(teacher.good(REDS))
    with pytest.raises(TeachingRefused, match="change 2"):
        LocalTeacher(journal, model).defect("mixed", [red(0), coloured(0, 255, 0)])


def test_a_defect_under_the_threshold_and_a_wrong_name_are_refused(journal: Journal, model: Model) -> None:
    teacher = LocalTeacher(journal, model)
    with pytest.raises(TeachingRefused, match="local threshold"):
        teacher.defect("pale", [coloured(128, 128, 128, spot=False)])
    for name in ("good", "", " pale"):
        with pytest.raises(WrongUse):
            teacher.defect(name, BLUES)
    for frames in ([], [red(0)] * 33):
        with pytest.raises(WrongUse):
            teacher.good(frames)


def test_a_threshold_from_normal_frames_serves(journal: Journal, model: Model) -> None:
    teacher = LocalTeacher(journal, model)
    change = teacher.keep(teacher.threshold(normal(model)))
    assert isinstance(change.taught, NewThreshold)
    taught = LocalTeacher(journal, model)
    assert taught.judge(red(0)).threshold == change.taught.threshold
    assert taught.threshold(normal(model)).told[1] == f"threshold {change.taught.threshold:.4g} -> " + (
        f"{change.taught.threshold:.4g}"
    )


def test_a_bundle_of_stacks_is_taught_its_threshold_alone(journal: Journal, tmp_path: Path) -> None:
    make_moving_bundle(tmp_path / "moving", FrameStack(frames=2, step=1))
    with pytest.raises(WrongUse, match="how things move"):
        LocalTeacher(journal, load_model(tmp_path / "moving")).good(REDS)


def test_a_newer_bundle_inherits_nothing_before_it_is_taught_again(
    journal: Journal, model: Model, bundle_folder: Path, tmp_path: Path
) -> None:
    teacher = LocalTeacher(journal, model)
    teacher.keep(teacher.good(REDS), "paint")
    teacher.keep(teacher.threshold(normal(model)))
    newer = release(tmp_path / "newer", bundle_folder, 2)
    assert LocalTeacher(journal, newer).judge(red(7)).anomalous
    done = LocalTeacher(journal, newer).again()
    assert [(change.origin, change.words, change.subject.release) for change in done.made] == [
        (1, "paint", 2),
        (2, "", 2),
    ]
    assert LocalTeacher(journal, newer).judge(red(7)).taught_good
    assert LocalTeacher(journal, newer).again().made == ()
    assert LocalTeacher(journal, model).judge(red(7)).taught_good


def test_another_graph_is_taught_again_by_the_pictures_and_measured_anew(
    journal: Journal, model: Model, tmp_path: Path
) -> None:
    teacher = LocalTeacher(journal, model)
    for proposal in (teacher.good(REDS), teacher.defect("blue", BLUES), teacher.threshold(normal(model))):
        teacher.keep(proposal)
    make_bundle(tmp_path / "other", gain=1.5)
    other = load_model(tmp_path / "other")
    done = LocalTeacher(journal, other).again()
    assert [change.origin for change in done.made] == [1, 2]
    assert [(change.number, "measure again" in why) for change, why in done.left] == [(3, True)]
    seen = LocalTeacher(journal, other)
    assert seen.judge(red(7)).taught_good
    assert seen.judge(coloured(0, 0, 240)).defect_class == "blue"


def test_a_journal_that_was_changed_teaches_nothing_more(journal: Journal, model: Model) -> None:
    teacher = LocalTeacher(journal, model)
    teacher.keep(teacher.good(REDS))
    path = journal.folder / "000001.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"signature": "00" * 64}))
    refused = LocalTeacher(journal, model)
    assert refused.judge(red(7)).anomalous
    with pytest.raises(LocalChangeRefused):
        refused.keep(refused.good(REDS))
    with pytest.raises(LocalChangeRefused):
        refused.undo()
