"""`linewatch classes` as a person calls it, on a bundle that tells defects by their colour."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from edge.tiny_bundle import grey_frame, make_bundle
from linewatch.cloud.cli.app import app
from linewatch.compiler.errors import WrongUse
from linewatch.protos.bundle import read_bundle


def spoiled(path: Path, colour: tuple[int, int, int]) -> Path:
    frame = np.where(grey_frame(spot=True) == 0, np.uint8(0), np.array(colour, np.uint8))
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), frame[..., ::-1])
    return path


def linewatch(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["classes", *map(str, arguments)])
    if done.exception is not None:
        raise done.exception
    return done.output


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundle").folder


def test_classes_are_added_shown_and_removed(bundle: Path, tmp_path: Path) -> None:
    assert "names no defects" in linewatch("list", bundle)
    for number in range(3):
        spoiled(tmp_path / "rust" / f"{number}.png", (200, 120, 60 + number))
    mould = spoiled(tmp_path / "mould.png", (90, 160, 90))
    assert "3" in linewatch("add", bundle, "rust", tmp_path / "rust")
    shown = linewatch("add", bundle, "black mould", mould, "--json", tmp_path / "told.json")
    assert "rust" in shown
    assert "black mould" in shown
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["classes"] == [{"name": "rust", "examples": 3}, {"name": "black mould", "examples": 1}]
    assert told["digest"] == read_bundle(bundle).digest
    forgotten, left = linewatch("remove", bundle, "black mould").split("\n", 1)
    assert "has forgotten 'black mould'" in forgotten
    assert "rust" in left
    assert "black mould" not in left


def test_names_are_shown_as_they_are(bundle: Path, tmp_path: Path) -> None:
    mould = spoiled(tmp_path / "mould.png", (90, 160, 90))
    assert "[b]mould[/i]" in linewatch("add", bundle, "[b]mould[/i]", mould)
    assert "[b]mould[/i]" in linewatch("list", bundle)


def test_pictures_that_the_bundle_finds_normal_are_told_of(bundle: Path, tmp_path: Path) -> None:
    spoiled(tmp_path / "rust" / "0.png", (200, 120, 60))
    cv2.imwrite(str(tmp_path / "rust" / "1.png"), grey_frame())
    told = tmp_path / "told.json"
    assert "left 1 of the 2 pictures out" in linewatch("add", bundle, "rust", tmp_path / "rust", "--json", told)
    assert json.loads(told.read_text())["classes"] == [{"name": "rust", "examples": 1}]


def test_pictures_of_another_size_are_told_of(bundle: Path, tmp_path: Path) -> None:
    whole = cv2.imread(str(spoiled(tmp_path / "whole.png", (200, 120, 60))))
    assert whole is not None
    cv2.imwrite(str(tmp_path / "strange.png"), cv2.resize(whole, None, fx=1.5, fy=1, interpolation=cv2.INTER_NEAREST))
    told = tmp_path / "told.json"
    assert "1 of the 1 pictures are not" in linewatch("add", bundle, "rust", tmp_path / "strange.png", "--json", told)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "nowhere", "rust", "{pictures}/0.png"), "nowhere is not a folder"),
        (("add", "{bundle}", "rust", "{pictures}/none.png"), "none.png does not exist"),
        (("add", "{bundle}", "rust", "{bundle}/golden/../targets"), "holds no picture"),
        (("add", "{bundle}", "", "{pictures}/0.png"), "cannot be called ''"),
        (("add", "{bundle}", "good", "{pictures}/0.png"), "'good' is what has no defect"),
        (("add", "{bundle}", "rust", "{pictures}/film.mp4"), "film.mp4 is a video: give pictures"),
        (("remove", "{bundle}", "rust"), "it knows: none"),
    ],
)
def test_what_cannot_be_is_refused(bundle: Path, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    spoiled(tmp_path / "pictures" / "0.png", (200, 120, 60))
    (tmp_path / "pictures" / "film.mp4").touch()
    places = {"bundle": bundle, "pictures": tmp_path / "pictures"}
    before = read_bundle(bundle).digest
    with pytest.raises(Exception, match=said) as caught:
        linewatch(*(argument.format(**places) for argument in arguments))
    assert caught.value.exit_code == WrongUse.exit_code  # type: ignore[attr-defined]
    assert read_bundle(bundle).digest == before
