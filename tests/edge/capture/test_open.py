from pathlib import Path

import cv2
import numpy as np
import pytest

from linewatch.edge import optional
from linewatch.edge.capture.address import parse_address
from linewatch.edge.capture.av_video import AvVideo
from linewatch.edge.capture.open import open_address
from linewatch.edge.capture.opencv_video import OpenCvVideo


@pytest.mark.parametrize(("installed", "adapter"), [(True, AvVideo), (False, OpenCvVideo)])
def test_videos_fall_back_to_opencv_without_the_extra(
    installed: bool, adapter: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optional, "is_installed", lambda module: installed)
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 64))
    writer.write(np.zeros((64, 64, 3), np.uint8))
    writer.release()
    source = open_address(parse_address(str(path)))
    assert isinstance(source, adapter)
    assert source.read() is not None
    source.close()
