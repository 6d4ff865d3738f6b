"""A film of the line: parts that stop below the camera one after the other, frame by frame."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from linewatch.cloud.samples.camera import Camera
from linewatch.cloud.samples.line import Line, Placed
from linewatch.cloud.samples.part import GOOD, KINDS, draw_part
from linewatch.cloud.samples.station import PITCH, place
from linewatch.compiler.teacher import UInt8Array

FRAMES_PER_SECOND = 200
DWELL = 50
"""Frames taken of each part. The camera is triggered by the belt: it takes none while the belt moves."""

DEFECTIVE_EVERY = 3
_FILM = 1
"""Keeps the parts of the film apart from those of the dataset."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One frame of the film."""

    picture: UInt8Array
    """RGB uint8[512, 640, 3]."""
    kind: str
    """The defect in sight, `good` where there is none."""
    defect_pixels: int


def stations_for(frames: int) -> int:
    """How many places come below the camera in so many frames."""
    return -(-frames // DWELL)


def kinds_on_line(random: np.random.Generator, stations: int, every: int = DEFECTIVE_EVERY) -> tuple[str, ...]:
    """What lies in each place: one of `every` parts is defective, and never two of them in a row."""
    rounds = stations // len(KINDS) + 1
    defects = [str(kind) for _ in range(rounds) for kind in random.permutation(KINDS)]
    kinds = [GOOD] * stations
    for turn, station in enumerate(range(2, stations, every)):
        kinds[station] = defects[turn]
    return tuple(kinds)


def film(seed: int, frames: int, every: int = DEFECTIVE_EVERY) -> Iterator[Frame]:
    """The frames of the film, the same for the same seed and number.

    Camera and belt are those of the dataset of that seed, the parts are others; one of `every` is defective.
    """
    random = np.random.default_rng(seed)
    camera, line = Camera(random), Line(random)
    random = np.random.default_rng([seed, _FILM])
    kinds = (*kinds_on_line(random, stations_for(frames), every), GOOD)
    placed: dict[int, Placed] = {}
    for number in range(frames):
        station, step = divmod(number, DWELL)
        if step == 0:
            placed = _parts_near(random, kinds, station, placed)
            line.placed = tuple(placed.values())
            scene, mask = line.view(station * PITCH)
            seen = int(mask.sum())
        kind = _defect_near(kinds, station) if seen else GOOD
        yield Frame(picture=camera.expose(scene), kind=kind, defect_pixels=seen)


def _parts_near(
    random: np.random.Generator, kinds: Sequence[str], station: int, known: Mapping[int, Placed]
) -> dict[int, Placed]:
    """The parts at `station` and the one after it; those already drawn stay the same."""
    parts: dict[int, Placed] = {}
    for near in (station, station + 1):
        if near in known:
            parts[near] = known[near]
        else:
            parts[near] = place(random, draw_part(random, kinds[near]), near)
    return parts


def _defect_near(kinds: Sequence[str], station: int) -> str:
    return next(kind for kind in kinds[station : station + 2] if kind != GOOD)
