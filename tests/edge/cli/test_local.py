"""The commands of `linewatch-edge local`, in this process; `test_command.py` has one beside a running agent."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from edge.local.taught import coloured, red
from edge.tiny_bundle import make_bundle
from linewatch.edge.cli.app import app
from linewatch.edge.errors import LocalChangeRefused, TeachingRefused, WrongUse


@pytest.fixture(autouse=True)
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device whose camera shows red parts with a black spot, and one that shows noise."""
    make_bundle(tmp_path / "tiny")
    noise = np.random.default_rng(0).integers(0, 240, (40, 96, 128, 3), dtype=np.uint8)
    shown = [("parts", red(0)), ("parts", red(1)), ("blue", coloured(0, 0, 255)), *(("noise", one) for one in noise)]
    for name, pixels in shown:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        picture = folder / f"{len(list(folder.iterdir()))}.png"
        cv2.imwrite(str(picture), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    (tmp_path / "edge.toml").write_text(
        '[device]\nsite = "s"\nname = "d"\n[[cameras]]\nname = "c"\nsource = "parts"\n'
        '[[cameras]]\nname = "n"\nsource = "noise"\n[inference]\nbundle = "tiny"\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def local(*arguments: str, says: str = "") -> Result:
    return CliRunner().invoke(app, ["local", *arguments], input=says)


def test_teaching_asks_first_and_is_shown_and_taken_back(device: Path) -> None:
    assert "nothing was taught" in local("list").output
    asked = local("good", "parts", says="n\n")
    assert (asked.exit_code, asked.output.splitlines()[-1]) == (3, "nothing was changed")
    assert isinstance(local("good", "parts").exception, TeachingRefused), "nobody answers"
    assert "may pass, too" in asked.output
    assert not (device / "linewatch-state/local").exists()
    assert local("good", "parts", "-m", "paint", says="y\n").exit_code == 0
    assert local("defect", "blue", "blue", "--yes", "--json", "made.json").exit_code == 0
    assert json.loads((device / "made.json").read_text())["change"]["taught"]["name"] == "blue"
    listed = local("list", "--json", "list.json")
    assert listed.exit_code == 0
    assert "does not apply" not in listed.output
    changes = json.loads((device / "list.json").read_text())["changes"]
    assert [(one["number"], one["standing"]) for one in changes] == [(1, "in force"), (2, "in force")]
    taken_back = "change 2 (defect 'blue' from 1 picture) is taken back: no defect is called 'blue' because of it now"
    assert taken_back in local("undo").output
    taken_back = "change 1 (good, from 2 pictures) is taken back: frames like these are judged without it now"
    assert taken_back in local("undo", "1").output
    assert isinstance(local("undo").exception, WrongUse)
    assert "2" not in local("list").output.replace("2026", "")
    assert local("list", "--all", "--json", "list.json").exit_code == 0
    assert [one["standing"] for one in json.loads((device / "list.json").read_text())["changes"]] == ["taken back"] * 2


def test_words_and_names_are_shown_as_they_were_written(device: Path) -> None:
    assert local("defect", "[b]ink[/i]", "blue", "--yes", "-m", "[/b] :dog:").exit_code == 0
    listed = local("list")
    assert listed.exit_code == 0, listed.exception
    assert "[/b] :dog:" in listed.output
    assert "[b]ink[/i]" in local("undo").output
    change = device / "linewatch-state/local/000001.json"
    change.write_text(change.read_text().replace(":dog:", ":cat:"))
    listed = local("list")
    assert isinstance(listed.exception, LocalChangeRefused)
    assert "refused: " in listed.output


def test_a_threshold_comes_from_a_camera_of_the_configuration() -> None:
    done = local("threshold", "--camera", "n", "--false-alarms", "360", "--fps", "1", "--yes")
    assert done.exit_code == 0, done.output
    assert "it applies to all cameras" in done.output
    assert isinstance(local("threshold", "--camera", "c", "--yes").exception, TeachingRefused)
    for arguments in (
        ["--camera", "none"],
        [],
        ["--from", "parts", "--camera", "c"],
        ["--from", "parts", "--fps", "0"],
    ):
        assert isinstance(local("threshold", *arguments).exception, WrongUse), arguments


def test_another_bundle_does_not_inherit_and_can_be_taught_again(device: Path) -> None:
    assert local("good", "parts", "--yes").exit_code == 0
    make_bundle(device / "other", gain=1.5)
    text = (device / "edge.toml").read_text().replace('"tiny"', '"other"')
    (device / "edge.toml").write_text(text)
    assert "reapply" in local("list").output
    again = local("reapply", "--json", "again.json")
    assert again.exit_code == 0, again.output
    assert json.loads((device / "again.json").read_text())["made"][0]["origin"] == 1
    assert "nothing" not in local("list").output
    assert "no earlier bundle" in local("reapply").output


def test_a_change_that_was_changed_is_told_and_put_aside(device: Path) -> None:
    assert local("good", "parts", "--yes").exit_code == 0
    path = device / "linewatch-state/local/000001.json"
    path.write_bytes(path.read_bytes().replace(b'"most_cells":2', b'"most_cells":9'))
    listed = local("list")
    assert isinstance(listed.exception, LocalChangeRefused)
    assert "refused" in listed.output
    assert local("forget", says="n\n").exit_code == 3
    assert local("forget", "--yes").exit_code == 0
    assert "nothing was taught" in local("list").output
    assert isinstance(local("forget", "--yes").exception, WrongUse)


def test_the_key_is_public_alone() -> None:
    shown = local("key").output
    assert shown.startswith("-----BEGIN PUBLIC KEY-----")
    assert local("key").output == shown
