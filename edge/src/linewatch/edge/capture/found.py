"""Cameras that are connected, with the `source` that opens each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CAPTURES = "0"
"""Index of the node of a device that gives pictures; its others give metadata."""


@dataclass(frozen=True, kw_only=True)
class FoundSource:
    """A camera: what to write as `source`, and what it is, for people."""

    source: str
    what: str


def find_usb(root: Path = Path("/")) -> list[FoundSource]:
    """Video4Linux devices below `root`, by the names that stay when another one is plugged in where they have some."""
    lasting = {link.resolve().name: link for link in sorted((root / "dev/v4l/by-id").glob("*"))}
    found = []
    for node in sorted((root / "sys/class/video4linux").glob("video*"), key=_number):
        if _text(node / "index") not in ("", _CAPTURES):
            continue
        link = lasting.get(node.name)
        source = f"usb:{_number(node)}" if link is None else f"usb:/{link.relative_to(root)}"
        found.append(FoundSource(source=source, what=_text(node / "name") or "USB camera"))
    return found


def find_gige() -> Iterator[FoundSource]:
    """GigE Vision and USB3 Vision cameras that answer; takes about a second.

    Raises:
        WrongUse: Aravis is not installed.
    """
    from linewatch.edge.capture.gige.find import find_cameras

    for camera in find_cameras():
        what = f"{camera.vendor} {camera.model}, {camera.protocol}" + (
            f" at {camera.address}" if camera.address else ""
        )
        yield FoundSource(source=f"gige:{camera.serial or camera.identity}", what=what)


def _number(node: Path) -> int:
    digits = re.search(r"\d+$", node.name)
    return int(digits[0]) if digits else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
