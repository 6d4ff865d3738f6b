"""What a camera's process and the agent say to each other: one datagram a message.

The first byte says which, the rest are its fields, little-endian and packed. Texts are UTF-8 and end the datagram.
"""

import struct
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import ClassVar, TypeAlias

from linewatch.edge.errors import CameraError

MOST_BYTES = 4096
"""Size of the longest message; longer texts are cut."""
MOST_PARTS = 2**32 - 1
"""Highest number that a part of the line can have."""
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
    """A frame could not be decoded; the next one may be good."""

    FORM: ClassVar[str] = ""
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
_SIGNS = {kind: sign for sign, kind in _KINDS.items()}
_WITH_TEXT = (Open, Opened, Unreadable, Failed)


def encode(message: Message) -> bytes:
    """The datagram of `message`."""
    fields, text = list(astuple(message)), b""
    if isinstance(message, _WITH_TEXT):
        text = fields.pop().encode()[:_TEXT_BYTES]
    return _SIGNS[type(message)] + struct.pack("<" + message.FORM, *fields) + text


def decode(datagram: bytes) -> Message:
    """The message in `datagram`.

    Raises:
        CameraError: it is none: whoever sent it is broken or hostile.
    """
    kind = _KINDS.get(datagram[:1])
    if kind is None:
        raise CameraError(f"the camera's process said what nobody understands: {datagram[:16]!r}")
    fields, text = datagram[1:], []
    form = "<" + kind.FORM
    if kind in _WITH_TEXT:
        text = [fields[struct.calcsize(form) :].decode(errors="replace")]
        fields = fields[: struct.calcsize(form)]
    try:
        return kind(*struct.unpack(form, fields), *text)
    except struct.error as error:
        raise CameraError(f"the camera's process said {kind.__name__} in {len(datagram)} bytes: {error}") from error
