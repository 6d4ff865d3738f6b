from collections.abc import Sequence
from pathlib import Path

import cv2
import pytest

from edge.tiny_bundle import grey_frame
from linewatch.edge.decide.event import Region
from linewatch.edge.errors import SourceError, WrongUse
from linewatch.edge.infer.model import Model
from linewatch.edge.inspect.items import Item, Items
from linewatch.edge.inspect.judge import judge_items

GOOD = Item("good.png", grey_frame())
BAD = Item("bad.png", grey_frame(spot=True))
BROKEN = Item("broken.png", None, "broken")


def items(*each: Item, moving: bool = False) -> Items:
    return Items(iter(each), len(each), moving)


def overlays(folder: Path) -> Sequence[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg"))


def test_findings_say_what_and_where(model: Model) -> None:
    advanced: list[None] = []
    result = judge_items(model, items(GOOD, BAD, BROKEN), "here", None, lambda: advanced.append(None))
    good, bad, broken = result.findings
    assert (good.score, good.anomalous, good.region, good.overlay) == (0.0, False, None, "")
    assert (bad.score, bad.anomalous) == (2.0, True)
    assert bad.region == Region(x=64, y=32, width=32, height=32)
    assert (broken.score, broken.trouble) == (None, "broken")
    assert (result.judged, result.anomalous, result.bundle_digest) == (2, 1, model.digest)
    assert result.milliseconds > 0
    assert len(advanced) == 3


def test_every_picture_gets_an_overlay(model: Model, tmp_path: Path) -> None:
    result = judge_items(model, items(GOOD, Item("a/bad.png", BAD.pixels)), "here", tmp_path / "out")
    assert overlays(tmp_path / "out") == ["a/bad.png.heat.jpg", "good.png.heat.jpg"]
    assert [finding.overlay for finding in result.findings] == ["good.png.heat.jpg", "a/bad.png.heat.jpg"]
    painted = cv2.imread(str(tmp_path / "out/a/bad.png.heat.jpg"))
    assert painted is not None
    assert painted.shape == (96, 128, 3)


def test_of_a_video_only_anomalous_frames_get_one(model: Model, tmp_path: Path) -> None:
    judge_items(model, items(GOOD, BAD, GOOD, moving=True), "here", tmp_path)
    assert overlays(tmp_path) == ["bad.png.heat.jpg"]


def test_nothing_that_can_be_judged_is_an_error(model: Model) -> None:
    with pytest.raises(SourceError, match="broken"):
        judge_items(model, items(BROKEN), "here", None)
    with pytest.raises(SourceError, match="empty"):
        judge_items(model, items(), "here", None)


def test_an_output_folder_that_is_a_file_is_the_users_to_mend(model: Model, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(WrongUse, match="out"):
        judge_items(model, items(BAD), "here", tmp_path / "out")
