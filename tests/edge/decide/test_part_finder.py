import numpy as np

from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.simulated import SimulatedCamera, Simulation
from linewatch.edge.decide.part_finder import Gaps
from linewatch.edge.decide.settings import PartSettings


def test_each_part_on_the_simulated_belt_is_one_part() -> None:
    camera = SimulatedCamera(Simulation(width=320, height=256, frames=80 * 12))
    finder = Gaps(PartSettings(by="gap", gate=(0.45, 0.0, 0.1, 1.0)))
    numbers: list[int] = []
    while (pixels := camera.read()) is not None:
        numbers.append(finder.part_of(Frame("c", len(numbers), pixels, 0, 0.0)))
    learned = 80 * 4
    for crossing in range(4, 12):
        seen = set(numbers[80 * crossing : 80 * (crossing + 1)]) - {0}
        assert len(seen) == 1
    assert numbers[-40] - numbers[learned + 40] == 7
    assert numbers[-1] == 0


def test_a_gap_of_too_few_frames_is_none_and_the_end_of_a_stream_is_one() -> None:
    empty, covered = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 200, np.uint8)
    finder = Gaps(PartSettings(by="gap", gap=2), empty)
    numbers: list[int] = []
    for sign in "..xx.xx..x.|x..":
        if sign == "|":
            finder.end()
        else:
            numbers.append(finder.part_of(Frame("c", 0, covered if sign == "x" else empty, 0, 0.0)))
    assert numbers == [0, 0, 1, 1, 1, 1, 1, 1, 0, 2, 2, 3, 3, 0]
