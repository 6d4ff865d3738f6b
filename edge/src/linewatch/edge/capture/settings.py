"""Settings of one camera."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from linewatch.edge.capture.address import Address, SourceKind, parse_address, seen_from
from linewatch.edge.capture.av_decoder import Decode
from linewatch.edge.capture.cut import FrameRegion, Numbers
from linewatch.edge.capture.mask_settings import MaskSettings
from linewatch.edge.capture.schedule import Schedule
from linewatch.edge.capture.stream_url import holds_password, with_password
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.secret import read_secret
from linewatch.edge.settings import Settings


def _are_four(numbers: object) -> object:
    if isinstance(numbers, (list, tuple)) and len(numbers) != 4:
        raise ValueError(f"a region is four numbers, left, top, width and height; these are {len(numbers)}")
    return numbers


def _region_is_possible(numbers: Numbers) -> Numbers:
    with _as_value_error():
        FrameRegion.of(numbers)
    return numbers


def _schedule_is_understood(lines: tuple[str, ...]) -> tuple[str, ...]:
    with _as_value_error():
        Schedule(lines)
    return lines


@contextlib.contextmanager
def _as_value_error() -> Iterator[None]:
    """What pydantic adds the name of the key to."""
    try:
        yield
    except ConfigurationError as error:
        raise ValueError(str(error)) from error


class CameraSettings(Settings):
    """Where a camera is and how it is played.

    Attributes:
        name: names the camera in events; letters, digits, dot, dash and underscore.
        source: file, folder, `usb:0`, `gige:NAME`, `rtsp://...`, `driver:SOCKET` or `simulated:...`.
        kind: what `source` is; found out from `source` when left out.
        username, password_file, password_env: whom a stream lets in; the first line of the file, or the variable, is
            the password. It is read again each time that the camera is opened.
        mode: `live` (newest frame wins, skipped ones are counted), `all` (every frame is judged, the source
            waits) or `auto`: `live` for USB, streams and paced simulations, `all` for files and folders.
        fps: frames per second at which a file or folder is played live; its own when left out. With `mode = "all"` it
            is played no faster than that, and as fast as frames are judged when left out.
        loop: play a file or folder again and again.
        bits: of pictures with 16 bits a channel, how many count, of which the upper 8 are judged; `bits` in `run.json`.
        decode: what decodes a file or stream: `auto` is hardware where there is one that does, and FFmpeg elsewhere;
            `software`; or `hardware`, and nothing else will do. The log says which it is when the camera opens.
        stall_seconds: a camera that delivers no frame for so long has failed and is opened again; 0 for one that may
            be silent for any time, as a triggered one is. Left out: 5, 60 for files and folders, and 0 for GigE cameras
            that an input triggers.
        region: left, top, width and height of the part that is judged, in pixels, or in shares of the frame where none
            is above 1. It is cut out; what is left is the frame.
        mask: what of it is not looked at: anomalies there do not count, and nobody is shown them.
        schedule: times of the week at which the camera is judged, as `mon-fri 06:00-22:00`; always when left out.
        trigger: a Unix datagram socket where a program of the line says `part` or `part 4711`; then only frames that
            show a part are judged.
        trigger_frames: how many show it.
        trigger_delay_ms: milliseconds from the trigger until the part is before the camera.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    source: Annotated[str, Field(min_length=1)]
    kind: SourceKind | None = None
    username: str = ""
    password_file: Path | None = None
    password_env: str = ""
    mode: Literal["auto", "live", "all"] = "auto"
    fps: Annotated[float, Field(gt=0, le=10_000)] | None = None
    loop: bool = False
    bits: Annotated[int, Field(ge=8, le=16)] | None = None
    decode: Decode = Decode.AUTO
    stall_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    region: Annotated[Numbers, BeforeValidator(_are_four), AfterValidator(_region_is_possible)] | None = None
    mask: MaskSettings | None = None
    schedule: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_schedule_is_understood)] | None = None
    trigger: Path | None = None
    trigger_frames: Annotated[int, Field(ge=1, le=10_000)] = 1
    trigger_delay_ms: Annotated[float, Field(ge=0, le=3_600_000)] = 0.0

    @property
    def address(self) -> Address:
        """`source`, understood."""
        return parse_address(self.source, self.kind)

    def place(self) -> str:
        """What is opened: that of the address, with user and password as they are at this moment.

        Raises:
            ConfigurationError: the password cannot be read.
        """
        password = read_secret(f"camera {self.name}", self.password_file, self.password_env)
        place = self.address.place
        return place if password is None else with_password(place, self.username, password)

    def seen_from(self, folder: Path) -> Self:
        """The same camera with relative paths, also that of its source, below `folder`."""
        return super().seen_from(folder).model_copy(update={"source": seen_from(folder, self.source, self.kind)})

    @model_validator(mode="after")
    def _source_is_understood(self) -> Self:
        with _as_value_error():
            self.address  # noqa: B018 - parsed for its errors
        return self

    @model_validator(mode="after")
    def _passwords_are_for_streams(self) -> Self:
        if self.password_file is not None and self.password_env:
            raise ValueError("password_file and password_env both name the password; keep one")
        named = self.password_file is not None or bool(self.password_env)
        if named != bool(self.username):
            raise ValueError("a username needs a password_file or password_env, and they a username")
        if named and self.address.kind is not SourceKind.STREAM:
            raise ValueError(f"username and password are for streams, and this is a {self.address.kind} source")
        if named and holds_password(self.address.place):
            raise ValueError("source holds a password too; leave it out there")
        return self

    @model_validator(mode="after")
    def _triggers_come_from_somewhere(self) -> Self:
        said = self.model_fields_set & {"trigger_frames", "trigger_delay_ms"}
        if said and self.trigger is None:
            raise ValueError(f"{min(said)} says how triggers are taken, and none come: name a socket as `trigger`")
        return self
