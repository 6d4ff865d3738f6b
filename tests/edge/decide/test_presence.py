import numpy as np
import pytest

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.simulated import SimulatedCamera, Simulation
from linewatch.edge.decide.presence import Presence
from linewatch.edge.decide.settings import PartSettings

GATE = (0.45, 0.0, 0.1, 1.0)
"""A strip across the middle of the belt."""


def belt(frames: int) -> list[UInt8Array]:
    camera = SimulatedCamera(Simulation(frames=frames, width=320, height=256))
    return [pixels for _ in range(frames) if (pixels := camera.read()) is not None]


def stands_in_gate(number: int) -> bool:
    """By the geometry of the drawing: 4 pixels a frame, radius 51, gate from 144 to 176."""
    centre = number * 4 % 320
    return 144 - 51 < centre < 176 + 51


def test_the_part_on_the_simulated_belt_is_seen_in_the_gate_and_not_beside_it() -> None:
    presence = Presence(PartSettings(by="gap", gate=GATE))
    seen = [presence.occupied(pixels) for pixels in belt(800)]
    known = seen.index(False)
    assert known <= 256
    wrong = [at for at in range(known, 800) if seen[at] != stands_in_gate(at)]
    # At its edges the part covers too little of the gate to count.
    assert len(wrong) <= (800 - known) // 80 * 6


def test_a_picture_of_the_empty_view_spares_the_learning() -> None:
    empty = belt(1)[0].copy()
    empty[:, 144:176] = np.repeat(empty[:1, 144:176], 256, axis=0)
    presence = Presence(PartSettings(by="gap", gate=GATE), empty)
    seen = [presence.occupied(pixels) for pixels in belt(80)]
    assert seen[0] is False
    assert seen[40] is True
    assert seen[79] is False


@pytest.mark.parametrize("drift", [0.05, -0.05])
def test_light_that_changes_slowly_is_followed(drift: float) -> None:
    presence = Presence(PartSettings(by="gap", gate=GATE))
    pictures = belt(80)
    for number in range(1600):
        shift = drift * (number - 400) if number > 400 else 0.0
        lit = np.clip(np.arange(256) + shift, 0, 255).astype(np.uint8)
        seen = presence.occupied(lit[pictures[number % 80]])
        if number > 400 and number % 80 in (5, 40, 75):
            assert seen is (number % 80 == 40)


def test_after_the_light_was_changed_at_once_it_learns_anew() -> None:
    presence = Presence(PartSettings(by="gap"))
    dim, bright = np.full((64, 64, 3), 60, np.uint8), np.full((64, 64, 3), 160, np.uint8)
    assert [presence.occupied(dim) for _ in range(140)][-1] is False
    seen = [presence.occupied(bright) for _ in range(300)]
    assert seen[0] is True
    assert seen[-1] is False


def test_noise_is_not_a_part_and_a_view_that_always_changes_is_never_taken_for_empty() -> None:
    random = np.random.default_rng(0)
    noisy = Presence(PartSettings(by="gap"))
    frames = (random.integers(100, 112, (64, 64, 3), np.uint8) for _ in range(300))
    assert not any(noisy.occupied(frame) for frame in frames)
    busy = Presence(PartSettings(by="gap"))
    assert {busy.occupied(random.integers(0, 256, (64, 64, 3), np.uint8)) for _ in range(600)} == {None}


def test_other_sizes_are_learned_anew() -> None:
    presence = Presence(PartSettings(by="gap"))
    for _ in range(140):
        presence.occupied(np.zeros((64, 64, 3), np.uint8))
    assert presence.occupied(np.zeros((10, 12, 3), np.uint8)) is None
    assert [presence.occupied(np.zeros((10, 12, 3), np.uint8)) for _ in range(300)][-1] is False


def test_a_frame_without_a_pixel_in_the_gate_says_nothing() -> None:
    presence = Presence(PartSettings(by="gap", gate=(0.45, 0.0, 0.01, 1.0)))
    assert {presence.occupied(np.zeros((3, 3, 3), np.uint8)) for _ in range(300)} == {None}
