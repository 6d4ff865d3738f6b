"""The simulated camera: a conveyor with parts that exists nowhere, or pictures played in a loop.

    simulated:?fps=30&frames=300&seed=7&defect_every=100&defect_frames=10
    simulated:pictures/good?fps=50
    simulated:?fps=25&fault=hang&fault_after=100

Without a folder it draws a grey belt with a round part that moves across it; with `defect_every`, the last
`defect_frames` of every `defect_every` frames show the part with a dark scratch. The same seed gives the same
frames. With a folder its pictures are decoded once and shown in turn. `fps=0` delivers as fast as frames are
taken and skips none; otherwise it behaves as a live camera does.

With a `fault` it fails after `fault_after` frames, each time it is opened, as real cameras do: to see what an agent
makes of that.
"""

import secrets
import signal
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import parse_qsl

import cv2
import numpy as np
from pydantic import Field, ValidationError, model_validator

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.pictures import find_pictures, read_picture
from linewatch.edge.errors import CameraError, ConfigurationError, UnreadablePictureError
from linewatch.edge.settings import Settings, explain

_SLOW_S = 10.0
_FOREVER_S = 1e6


class Fault(StrEnum):
    """What goes wrong.

    HANG: no frame comes any more. CRASH: the driver brings its process down. GARBAGE: nothing can be decoded any more.
    RESIZE: the frames grow and shrink. SLOW: one frame in ten seconds. GONE: the device does not answer any more.
    ANY: another one of these each time that the camera is opened, by chance.
    """

    HANG = "hang"
    CRASH = "crash"
    GARBAGE = "garbage"
    RESIZE = "resize"
    SLOW = "slow"
    GONE = "gone"
    ANY = "any"


class Simulation(Settings):
    """What the simulated camera shows.

    Attributes:
        folder: pictures to show in turn; draws a belt when empty.
        width, height: size of drawn frames in pixels.
        fps: frames per second; 0 is as fast as possible.
        frames: how many frames there are; 0 is without end.
        seed: of everything drawn.
        fault, fault_after: what goes wrong after so many frames.
        defect_every, defect_frames: the last `defect_frames` of every `defect_every` frames show a defect.
    """

    folder: str = ""
    width: Annotated[int, Field(ge=64, le=4096)] = 640
    height: Annotated[int, Field(ge=64, le=4096)] = 512
    fps: Annotated[float, Field(ge=0, le=10_000)] = 25.0
    frames: Annotated[int, Field(ge=0)] = 0
    seed: int = 0
    defect_every: Annotated[int, Field(ge=0)] = 0
    defect_frames: Annotated[int, Field(ge=0)] = 10
    fault: Fault | None = None
    fault_after: Annotated[int, Field(ge=0)] = 100

    @model_validator(mode="after")
    def _schedule_fits(self) -> Self:
        if self.defect_every and self.defect_frames > self.defect_every:
            raise ValueError("defect_frames is larger than defect_every")
        return self

    def is_defective(self, number: int) -> bool:
        """Whether frame `number` (from 0) shows a defect."""
        return self.defect_every > 0 and number % self.defect_every >= self.defect_every - self.defect_frames


def parse_simulation(place: str) -> Simulation:
    """Understand what stands behind `simulated:`.

    Raises:
        ConfigurationError: an unknown or impossible option; names it and the nearest known one.
    """
    folder, _, query = place.partition("?")
    try:
        return Simulation.model_validate({"folder": folder, **dict(parse_qsl(query))}, strict=False)
    except ValidationError as error:
        raise ConfigurationError(f"simulated camera: {explain(error, Simulation)}") from error


class SimulatedCamera:
    """Shows a `Simulation`. Pace is `Paced`'s matter."""

    def __init__(self, simulation: Simulation) -> None:
        """Draw what does not change, or decode the pictures.

        Raises:
            SourceError: the folder holds no pictures.
            UnreadablePictureError: one of them is broken.
        """
        self.fps: float | None = simulation.fps or None
        self.frames: int | None = simulation.frames or None
        self._simulation = simulation
        self.fault = _choose(simulation.fault)
        self._next = 0
        if simulation.folder:
            self._pictures = [read_picture(path) for path in find_pictures(Path(simulation.folder))]
        else:
            self._pictures = []
            self._belt = _draw_belt(simulation)

    def read(self) -> UInt8Array | None:
        """The next frame; see `FrameSource.read`."""
        number = self._next
        if self._simulation.frames and number >= self._simulation.frames:
            return None
        self._next += 1
        frame = self._pictures[number % len(self._pictures)] if self._pictures else self._draw(number)
        if self.fault is None or number < self._simulation.fault_after:
            return frame
        if self._simulation.fault is Fault.ANY and number >= 2 * self._simulation.fault_after:
            raise CameraError("the device does not answer")  # so that the next fault has its turn
        return _fail(self.fault, frame, number)

    def close(self) -> None:
        """Nothing is held open."""

    def _draw(self, number: int) -> UInt8Array:
        frame: UInt8Array = self._belt.copy()
        height, width = frame.shape[:2]
        radius = height // 5
        centre = ((number * max(1, width // 80)) % width, height // 2)
        cv2.circle(frame, centre, radius, (176, 168, 150), -1, cv2.LINE_AA)
        cv2.circle(frame, centre, radius // 3, (96, 96, 104), -1, cv2.LINE_AA)
        if self._simulation.is_defective(number):
            start = (centre[0] - radius // 2, centre[1] - radius // 2)
            end = (centre[0] + radius // 3, centre[1] - radius // 6)
            cv2.line(frame, start, end, (24, 16, 16), max(2, height // 64), cv2.LINE_AA)
        return frame


def _draw_belt(simulation: Simulation) -> UInt8Array:
    grain = np.random.default_rng(simulation.seed).integers(-6, 7, (simulation.height, simulation.width, 1), np.int16)
    return np.repeat(64 + grain, 3, axis=2).astype(np.uint8)


def _choose(fault: Fault | None) -> Fault | None:
    return secrets.choice([one for one in Fault if one is not Fault.ANY]) if fault is Fault.ANY else fault


def _fail(fault: Fault, frame: UInt8Array, number: int) -> UInt8Array:
    if fault is Fault.HANG:
        time.sleep(_FOREVER_S)
    if fault is Fault.CRASH:
        signal.raise_signal(signal.SIGSEGV)
    if fault is Fault.GARBAGE:
        raise UnreadablePictureError(f"frame {number} is garbage")
    if fault is Fault.GONE:
        raise CameraError("the device does not answer")
    if fault is Fault.SLOW:
        time.sleep(_SLOW_S)
        return frame
    height, width = frame.shape[:2]
    factor = 1 + number % 3
    return np.asarray(cv2.resize(frame, (width * factor // 2, height * factor // 2)), np.uint8)
