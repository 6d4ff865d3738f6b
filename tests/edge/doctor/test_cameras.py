import tracemalloc

from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.cameras import look_at_cameras, views_shown


def device(*sources: str) -> EdgeSettings:
    cameras = [{"name": f"c{number}", "source": source} for number, source in enumerate(sources)]
    return EdgeSettings.model_validate({"cameras": cameras}, strict=False)


def test_looking_at_a_camera_takes_no_memory_for_the_frames_that_passed() -> None:
    """Of large cameras they are gigabytes within the two seconds, more than small devices have."""
    settings = device("simulated:?width=1280&height=720&fps=50")
    tracemalloc.start()
    try:
        (found,) = look_at_cameras(settings, [])
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "shows 1280 x 720 pixels" in found.is_
    assert most_bytes < 4 * 1280 * 720 * 3


def test_each_view_is_told_once_and_silent_cameras_are_passed_over() -> None:
    settings = device(
        "simulated:?width=64&height=64&fps=50",
        "simulated:?width=64&height=64&fps=20",
        "simulated:?width=96&height=64&fps=20&fault=gone&fault_after=0",
        "simulated:?width=128&height=64&fps=0&frames=30",
    )
    assert views_shown(settings) == [(PixelForm.RGB8, 64, 64), (PixelForm.RGB8, 64, 128)]
