from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from linewatch.cloud.demo.missed import missed_exhibits
from linewatch.cloud.demo.showing import Showing
from linewatch.cloud.demo.video import FRAMES_PER_PART, write_parts_video
from linewatch.protos.bundle import read_bundle


def test_missed_parts_are_shown_by_the_frame_with_the_highest_score(
    tmp_path: Path, make_bundle: Callable[..., Path]
) -> None:
    bundle = read_bundle(make_bundle(bright=128.0))
    grey = [np.full((64, 96, 3), level, np.uint8) for level in (40, 120, 60, 250)]
    line = list(zip(grey, ("", "stain", "dent", "paint"), strict=True))
    film = write_parts_video(tmp_path / "line.avi", line, frames_per_second=50, seed=0)
    # Of one part only the last frame is well seen, as where a part comes into view.
    dent = Showing(first=film[2].first, last=film[3].first, defect="dent")

    exhibits = missed_exhibits(tmp_path / "line.avi", [film[1], dent], bundle)

    assert [one.title for one in exhibits] == ["stain, frames 20 to 39", "dent, frames 40 to 60"]
    assert "score 0.9" in exhibits[0].text
    assert f"anomalous in 0 of {FRAMES_PER_PART} frames" in exhibits[0].text
    assert f"anomalous in 1 of {FRAMES_PER_PART + 1} frames" in exhibits[1].text
    shown = cv2.imdecode(np.frombuffer(exhibits[1].picture_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.mean() > 240


def test_where_nothing_was_missed_nothing_is_shown(tmp_path: Path, make_bundle: Callable[..., Path]) -> None:
    assert missed_exhibits(tmp_path / "no.avi", [], read_bundle(make_bundle())) == []
