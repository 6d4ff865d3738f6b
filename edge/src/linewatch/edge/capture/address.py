"""What a camera's `source` says: kind, place and options."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from linewatch.edge.capture.stream_url import without_password
from linewatch.edge.errors import ConfigurationError, SourceError

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
_STREAM_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})


class SourceKind(StrEnum):
    """The kinds of camera that can be opened."""

    VIDEO = "video"
    PICTURES = "pictures"
    USB = "usb"
    STREAM = "stream"
    SIMULATED = "simulated"
    DRIVER = "driver"
    GIGE = "gige"


LIVE_KINDS = frozenset({SourceKind.USB, SourceKind.STREAM, SourceKind.DRIVER, SourceKind.GIGE})


@dataclass(frozen=True, slots=True)
class Address:
    """A source, understood. `place` is a path, a URL, or what stands behind the name of the kind, options too."""

    kind: SourceKind
    place: str

    def __str__(self) -> str:
        """For people and logs: a password in a URL is not shown."""
        return without_password(self.place) if self.kind is SourceKind.STREAM else f"{self.kind} {self.place}".rstrip()

    def check_exists(self) -> None:
        """Look whether the file or folder is there; devices and streams may come later.

        Raises:
            SourceError: it is not.
        """
        path = Path(self.place)
        if self.kind is SourceKind.VIDEO and not path.is_file():
            raise SourceError(f"there is no video file {path}")
        if self.kind is SourceKind.PICTURES and not path.exists():
            raise SourceError(f"there is no picture or folder {path}")


def parse_address(source: str, kind: SourceKind | None = None) -> Address:
    """Understand a `source`; `kind` is taken from its form when it is not given.

    Raises:
        ConfigurationError: the form fits no kind.
    """
    scheme, _, rest = source.partition(":")
    if scheme in _NAMED and kind in (None, _NAMED[scheme]):
        return Address(_NAMED[scheme], rest)
    if scheme == SourceKind.DRIVER and rest and kind in (None, SourceKind.DRIVER):
        return Address(SourceKind.DRIVER, rest)
    if scheme in _STREAM_SCHEMES and kind in (None, SourceKind.STREAM):
        return Address(SourceKind.STREAM, source)
    device = re.fullmatch(r"(?:usb:|/dev/video)?(\d+(?:\?.*)?)|usb:(/dev/[^?]+(?:\?.*)?)", source)
    if device and kind in (None, SourceKind.USB):
        return Address(SourceKind.USB, device[1] or device[2])
    if kind in _FORMS:
        shown = without_password(source) if scheme in _STREAM_SCHEMES else source
        raise ConfigurationError(f"{shown!r} is not a {kind} source; {_FORMS[kind]}")
    if scheme in _STREAM_SCHEMES:
        raise ConfigurationError(f"{scheme}:// sources are streams, not {kind}; leave `kind` out")
    if re.match(r"[a-z][a-z0-9+.-]+://", source):
        raise ConfigurationError(f"cannot open {scheme}:// sources; use rtsp://, rtsps://, http:// or https://")
    return Address(kind or _kind_of_path(Path(source)), source)


def seen_from(folder: Path, source: str, kind: SourceKind | None = None) -> str:
    """The same `source`, with a relative path in it below `folder`."""
    address = parse_address(source, kind)
    match address.kind:
        case SourceKind.VIDEO | SourceKind.PICTURES:
            return str(folder / source)
        case SourceKind.DRIVER:
            return f"{SourceKind.DRIVER}:{folder / address.place}"
        case SourceKind.SIMULATED if pictures := address.place.partition("?")[0]:
            return f"{SourceKind.SIMULATED}:{folder / pictures}{address.place.removeprefix(pictures)}"
        case _:
            return source


_NAMED = {str(kind): kind for kind in (SourceKind.SIMULATED, SourceKind.GIGE)}

_FORMS = {
    SourceKind.USB: "write usb:0, usb:0?width=1280&height=720&fps=60&format=MJPG or /dev/video0",
    SourceKind.GIGE: "write gige: for the first one found, gige:192.168.1.20 or gige:NAME?pixel_format=Mono8&fps=50",
    SourceKind.STREAM: "write rtsp://host/path",
    SourceKind.DRIVER: "write driver:/run/linewatch/line-1.sock",
    SourceKind.SIMULATED: "write simulated:?fps=30&frames=300",
}


def _kind_of_path(path: Path) -> SourceKind:
    if path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES:
        return SourceKind.PICTURES
    # A path without a suffix that is not there is more likely a folder than a video.
    return SourceKind.VIDEO if path.suffix or path.is_file() else SourceKind.PICTURES
