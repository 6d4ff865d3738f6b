import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.address import SourceKind
from linewatch.edge.capture.camera import Opening, plan_camera
from linewatch.edge.capture.cut import FrameRegion, Numbers
from linewatch.edge.capture.isolation.camera_process import CameraProcess
from linewatch.edge.capture.picture import as_picture
from linewatch.edge.capture.playback import Playback
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.capture.simulated import SimulatedCamera, parse_simulation
from linewatch.edge.errors import ConfigurationError, SourceError
from linewatch.protos.bundle import RegionOfInterest

FRAME = np.random.default_rng(0).integers(0, 255, (80, 120, 3), np.uint8)


@given(st.integers(0, 119), st.integers(0, 79), st.integers(2, 120), st.integers(2, 80))
def test_pixels_are_those_of_the_frame_or_the_region_leaves_it(left: int, top: int, width: int, height: int) -> None:
    region = FrameRegion.of((left, top, width, height))
    if left + width > 120 or top + height > 80:
        with pytest.raises(SourceError, match=f"{left},{top},{width},{height} is not within frames of 120 x 80"):
            region.cut(as_picture(FRAME)).rgb()
    else:
        assert np.array_equal(region.cut(as_picture(FRAME)).rgb(), FRAME[top : top + height, left : left + width])


def test_shares_are_those_of_a_bundle_that_was_trained_with_them() -> None:
    rows, columns = RegionOfInterest(left=0.25, top=0.1, width=0.5, height=0.9).pixels(80, 120)
    assert np.array_equal(FrameRegion.of((0.25, 0.1, 0.5, 0.9)).cut(as_picture(FRAME)).rgb(), FRAME[rows, columns])


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((0.5, 0, 0.6, 1), "leaves the frame"),
        ((0, 0, 0, 1), "empty"),
        ((-1, 0, 100, 100), "outside"),
        ((10.5, 0, 100, 100), "halves of pixels"),
    ],
)
def test_what_no_frame_has_is_refused(numbers: Numbers, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        FrameRegion.of(numbers)
    with pytest.raises(ValueError, match=said):
        CameraSettings(name="c", source="simulated:", region=numbers)


PLACE = "?width=160&height=96&fps=0&frames=5"


def test_the_process_of_a_camera_sends_the_part_alone() -> None:
    camera = plan_camera(CameraSettings(name="c", source=f"simulated:{PLACE}", region=(40, 16, 64, 48)))
    stream, whole = (
        camera.open(Opening(stop=threading.Event(), holds=lambda: 2)),
        SimulatedCamera(parse_simulation(PLACE)),
    )
    assert isinstance(stream, CameraProcess)
    try:
        while (shot := stream.read()) is not None:
            expected = whole.read()
            assert expected is not None
            assert np.array_equal(shot.picture.rgb(), expected[16:64, 40:104])
            assert shot.picture.rgb().flags.c_contiguous
    finally:
        stream.close()
    assert whole.read() is None


def test_a_part_that_the_camera_does_not_show_is_told() -> None:
    camera = plan_camera(CameraSettings(name="c", source=f"simulated:{PLACE}", region=(100, 0, 100, 96)))
    stream = camera.open(Opening(stop=threading.Event(), holds=lambda: 2))
    with pytest.raises(SourceError, match="not within frames of 160 x 96"):
        stream.read()
    stream.close()


def test_how_a_source_is_played_survives_the_way_to_its_process() -> None:
    playback = Playback(kind=SourceKind.SIMULATED, place=PLACE, region=(0.0, 0.0, 0.5, 1.0))
    assert Playback.from_json(playback.to_json()) == playback
    assert Playback.from_json(Playback(kind=SourceKind.USB, place="0").to_json()).region is None
