"""Drawn scenes before a fixed camera, where some things only motion tells: a belt, a fan, a lane with people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.compiler.teacher import FloatArray, UInt8Array

SIDE = 256
NORMAL = "normal"
_LENGTH = 2048
_SPEED = 3.0
"""Pixels a frame."""
_TURN = 7.0
"""Degrees a frame; the fan has five blades."""
_NOISE, _FLICKER = 2.5, 0.01

Film = Callable[[str, int, int], UInt8Array]
"""Frames uint8[N, 256, 256, 3] of a kind: normal or an anomaly, how many, and a seed."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is filmed, and the anomalies that it knows."""

    film: Film
    anomalies: tuple[str, ...]


def _film(draw: Callable[[np.random.Generator], FloatArray], frames: int, random: np.random.Generator) -> UInt8Array:
    """Frames with light that flickers a little and the noise of a sensor."""
    made = []
    for _ in range(frames):
        lit = draw(random) * (1 + random.normal(0, _FLICKER))
        made.append((lit + random.normal(0, _NOISE, lit.shape)).clip(0, 255).astype(np.uint8))
    return np.stack(made)


def _texture(seed: int, width: int, height: int, grain: int, depth: float, level: float) -> FloatArray:
    random = np.random.default_rng(seed)
    coarse = random.normal(0, 1, (height // grain + 2, width // grain + 2, 3))
    return np.asarray(level + depth * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


_BELT = {"stopped": 0.0, "reversed": -_SPEED, "twice as fast": 2 * _SPEED, "half as fast": _SPEED / 2}


def belt(kind: str, frames: int, seed: int) -> UInt8Array:
    """Parts on a belt that runs right."""
    random, place = np.random.default_rng(seed), float(np.random.default_rng(seed).uniform(0, _LENGTH))
    strip, ground = _strip(kind), _texture(9, SIDE, SIDE, 16, 14, 60)
    turn = 0

    def draw(_random: np.random.Generator) -> FloatArray:
        nonlocal place, turn
        columns = np.arange(SIDE) - place
        whole = np.floor(columns).astype(int)
        share = (columns - whole)[:, None].astype(np.float32)
        frame = ground.copy()
        frame[73:183] = strip[:, whole % _LENGTH] * (1 - share) + strip[:, (whole + 1) % _LENGTH] * share
        jerk = 2 * _SPEED * (turn % 2)
        place, turn = place + (jerk if kind == "jerking" else _BELT.get(kind, _SPEED)), turn + 1
        return frame

    return _film(draw, frames, random)


def _strip(kind: str) -> FloatArray:
    strip = _texture(5, _LENGTH, 110, 4, 28, 110)
    for number, at in enumerate(range(40, _LENGTH - 40, 128)):
        if kind == "missing part" and number % 2:
            continue
        if kind == "wrong part":
            cv2.rectangle(strip, (at - 24, 31), (at + 24, 79), (190, 185, 180), -1)
            continue
        cv2.circle(strip, (at, 55), 28, (190, 185, 180), -1)
        cv2.circle(strip, (at, 55), 10, (60, 60, 65), -1)
    return strip


def fan(kind: str, frames: int, seed: int) -> UInt8Array:
    """A wheel with five blades that turns."""
    random = np.random.default_rng(seed)
    angle, ground = float(random.uniform(0, 360)), _texture(3, SIDE, SIDE, 16, 14, 70)
    speed = {"stopped": 0.0, "reversed": -_TURN, "a third as fast": _TURN / 3}.get(kind, _TURN)

    def draw(_random: np.random.Generator) -> FloatArray:
        nonlocal angle
        frame = ground.copy()
        for blade in range(5):
            first, last = np.deg2rad(angle + 72 * blade), np.deg2rad(angle + 72 * blade + 28)
            corners = [(128 + 90 * np.cos(turn), 128 + 90 * np.sin(turn)) for turn in (first, last)]
            cv2.fillPoly(frame, [np.array([(128, 128), *corners], np.int32)], (150, 150, 155))
        angle += speed
        return frame

    return _film(draw, frames, random)


def lane(kind: str, frames: int, seed: int) -> UInt8Array:
    """People who walk in both directions, now and then."""
    random, ground = np.random.default_rng(seed), _texture(7, SIDE, SIDE, 8, 11, 80)
    people = [_walker(random, at=float(random.uniform(0, SIDE))) for _ in range(int(random.integers(0, 3)))]
    if kind in _STRANGERS:
        people.append(_walker(random, at=float(random.uniform(60, 200))) | _STRANGERS[kind])

    def draw(random: np.random.Generator) -> FloatArray:
        if random.random() < 0.01:
            people.append(_walker(random))
        frame = ground.copy()
        for one in people:
            left, top = round(one["x"]), round(one["y"])
            cv2.rectangle(frame, (left - 8, top - 20), (left + 8, top + 20), [one["shade"]] * 3, -1)
            cv2.circle(frame, (left, top - 14), 5, [255 - one["shade"]] * 3, -1)
            one["x"] += one["across"]
            if kind == "runs":  # and comes back from the other side, so that there is always somebody
                one["x"] = (one["x"] + 20) % (SIDE + 40) - 20
            one["y"] = 20.0 if one["down"] and one["y"] > 120 else one["y"] + one["down"]
        return frame

    return _film(draw, frames, random)


_STRANGERS: Mapping[str, dict[str, float]] = {
    "runs": {"across": 5.5},
    "walks where nobody does": {"across": 0.0, "down": 1.5, "y": 20.0},
}


def _walker(random: np.random.Generator, at: float | None = None) -> dict[str, float]:
    right = random.random() < 0.5
    start = at if at is not None else (-10.0 if right else SIDE + 10.0)
    pace, shade = float(random.uniform(1.2, 2.0)), float(random.uniform(20, 220))
    across = pace if right else -pace
    return {"x": start, "y": float(random.uniform(140, 190)), "across": across, "down": 0.0, "shade": shade}


SCENES: Mapping[str, Scene] = {
    "belt": Scene(film=belt, anomalies=(*_BELT, "jerking", "wrong part", "missing part")),
    "fan": Scene(film=fan, anomalies=("stopped", "reversed", "a third as fast")),
    "lane": Scene(film=lane, anomalies=tuple(_STRANGERS)),
}


def stacks(film: UInt8Array, frames: int, every: int) -> list[npt.NDArray[np.uint8]]:
    """Stacks of neighbours, one for every so many frames of the film."""
    return [film[last - frames + 1 : last + 1] for last in range(frames - 1, len(film), every)]
