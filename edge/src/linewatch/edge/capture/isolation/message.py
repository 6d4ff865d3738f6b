"""What a camera's process and the agent say to each other: one datagram a message.

The first byte says which, the rest are its fields, little-endian and packed. Texts are UTF-8 and end the datagram.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import ClassVar, TypeAlias

from linewatch.edge.errors import CameraError

MOST_BYTES = 4096
"""Size of the longest message; longer texts are cut."""
MOST_PARTS = 2**32 - 1
"""Highest number that a part of the line can have."""
MOST_UNREADABLE = 2**32 - 1
"""Frames that one message can tell of."""
_TEXT_BYTES = MOST_BYTES - 64


@dataclass(frozen=True, slots=True)
class Open:
    """Open this camera: a `Playback` in JSON. The first message to its process."""

    FORM: ClassVar[str] = ""
    playback: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The camera is open. `fps` is what it claims, 0 when it does not know; `about` is for people."""

    FORM: ClassVar[str] = "d"
    fps: float
    about: str = ""


@dataclass(frozen=True, slots=True)
class RoomWanted:
    """The next frame needs a slot of `bytes`."""

    FORM: ClassVar[str] = "Q"
    bytes: int


@dataclass(frozen=True, slots=True)
class FrameReady:
    """Slot `slot` of memory `memory` holds a frame of `height` x `width` pixels, captured at these times.

    `skipped` frames before it found no free slot. `part` is the number of the part of the line that a trigger named; 0
    for none. `form` is a `PixelForm`, `colour` a `Colour`.
    """

    FORM: ClassVar[str] = "IIIIIqdIBB"
    memory: int
    slot: int
    height: int
    width: int
    skipped: int
    time_unix_ns: int
    clock_s: float
    part: int = 0
    form: int = 0
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """So many frames in a row could not be had; the next one may be good."""

    FORM: ClassVar[str] = "I"
    frames: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """There are no more frames; `skipped` of them found no free slot since the last one told of."""

    FORM: ClassVar[str] = "I"
    skipped: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The camera failed. `wrong_use`: opening it again will not help before somebody mends what the reason says."""

    FORM: ClassVar[str] = "?"
    wrong_use: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Room:
    """Write frames to memory `memory` from now on: `slots` slots of `bytes` each. Its descriptor comes along."""

    FORM: ClassVar[str] = "IIQ"
    memory: int
    slots: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SlotFree:
    """Nobody looks at this slot any more."""

    FORM: ClassVar[str] = "II"
    memory: int
    slot: int


Message: TypeAlias = Open | Opened | RoomWanted | FrameReady | Unreadable | Ended | Failed | Room | SlotFree

_KINDS: Mapping[bytes, type[Message]] = {
    b"C": Open,
    b"O": Opened,
    b"W": RoomWanted,
    b"F": FrameReady,
    b"U": Unreadable,
    b"E": Ended,
    b"X": Failed,
    b"R": Room,
    b"S": SlotFree,
}
_WITH_TEXT = (Open, Opened, Unreadable, Failed)


class _Code:
    """How one kind of message is written; frames pass by the thousand."""

    def __init__(self, sign: bytes, kind: type[Message]) -> None:
        names = [field.name for field in fields(kind)]
        self.sign = sign
        self.texts = kind in _WITH_TEXT
        self.form = struct.Struct("<" + kind.FORM)
        numbers = names[:-1] if self.texts else names
        self.numbers = _getter(numbers)
        self.text = attrgetter(names[-1])

    def encode(self, message: Message) -> bytes:
        text = self.text(message).encode()[:_TEXT_BYTES] if self.texts else b""
        return b"".join((self.sign, self.form.pack(*self.numbers(message)), text))


def _getter(names: Sequence[str]) -> Callable[[Message], Sequence[float]]:
    """The fields of a message with these names; `attrgetter` alone gives no tuple where there is one or none."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: [getattr(message, name) for name in names]


_CODES = {kind: _Code(sign, kind) for sign, kind in _KINDS.items()}


def encode(message: Message) -> bytes:
    """The datagram of `message`."""
    return _CODES[type(message)].encode(message)


def decode(datagram: bytes) -> Message:
    """The message in `datagram`.

    Raises:
        CameraError: it is none: whoever sent it is broken or hostile.
    """
    kind = _KINDS.get(datagram[:1])
    if kind is None:
        raise CameraError(f"the camera's process said what nobody understands: {datagram[:16]!r}")
    code, numbers, text = _CODES[kind], datagram[1:], []
    if code.texts:
        text = [numbers[code.form.size :].decode(errors="replace")]
        numbers = numbers[: code.form.size]
    try:
        return kind(*code.form.unpack(numbers), *text)
    except struct.error as error:
        raise CameraError(f"the camera's process said {kind.__name__} in {len(datagram)} bytes: {error}") from error
