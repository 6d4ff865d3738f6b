from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.frames import read_all
from linewatch.edge.capture.simulated import Fault, SimulatedCamera, Simulation, parse_simulation
from linewatch.edge.errors import CameraError, ConfigurationError, SourceError


def test_options_are_read_from_the_address() -> None:
    found = parse_simulation("good?fps=30&frames=300&seed=7")
    assert found == Simulation(folder="good", fps=30.0, frames=300, seed=7)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("?fsp=30", "did you mean 'fps'"),
        ("?fps=fast", "fps"),
        ("?width=1", "width"),
        ("?defect_every=5&defect_frames=6", "defect_frames is larger"),
    ],
)
def test_wrong_options_are_named(place: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_simulation(place)


def test_the_same_seed_gives_the_same_frames_and_another_seed_others() -> None:
    def frames(seed: int) -> list[bytes]:
        camera = SimulatedCamera(Simulation(width=96, height=64, frames=5, seed=seed))
        return [pixels.tobytes() for pixels in read_all(camera)]

    assert frames(1) == frames(1)
    assert len(frames(1)) == 5
    assert frames(1)[0] != frames(2)[0]


def test_defects_come_by_schedule_and_are_dark() -> None:
    simulation = Simulation(width=128, height=128, frames=20, defect_every=10, defect_frames=3)
    camera, clean = SimulatedCamera(simulation), SimulatedCamera(simulation.model_copy(update={"defect_every": 0}))
    for number in range(20):
        found, normal = camera.read(), clean.read()
        assert found is not None
        assert normal is not None
        assert np.array_equal(found, normal) != simulation.is_defective(number)
        assert found.astype(int).sum() <= normal.astype(int).sum()
    assert [number for number in range(20) if simulation.is_defective(number)] == [7, 8, 9, 17, 18, 19]


def test_pictures_are_shown_in_turn_without_a_copy(tmp_path: Path) -> None:
    for value in (10, 20):
        cv2.imwrite(str(tmp_path / f"{value}.png"), np.full((4, 4, 3), value, np.uint8))
    camera = SimulatedCamera(Simulation(folder=str(tmp_path), frames=5))
    frames = list(read_all(camera))
    assert [int(frame[0, 0, 0]) for frame in frames] == [10, 20, 10, 20, 10]
    assert frames[0] is frames[2]


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        SimulatedCamera(Simulation(folder=str(tmp_path)))


def test_any_fault_is_another_one_each_time_and_passes() -> None:
    simulation = Simulation(width=64, height=64, fault=Fault.ANY, fault_after=3)
    cameras = {camera.fault: camera for camera in (SimulatedCamera(simulation) for _ in range(200))}
    assert set(cameras) == set(Fault) - {Fault.ANY}
    growing = cameras[Fault.RESIZE]
    assert len({frame.shape for frame in (growing.read() for _ in range(6)) if frame is not None}) > 1
    with pytest.raises(CameraError, match="does not answer"):
        growing.read()
