"""Which decoder PyAV opens a video with: one in hardware where there is one, and FFmpeg's own elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from linewatch.edge import optional
from linewatch.edge.errors import SourceError


class Decode(StrEnum):
    """What decodes. AUTO: hardware where it works, else software. HARDWARE: nothing else will do."""

    AUTO = "auto"
    SOFTWARE = "software"
    HARDWARE = "hardware"


NODES: Mapping[str, str] = {
    "cuda": "nvidia[0-9]*",
    "vaapi": "dri/renderD*",
    "qsv": "dri/renderD*",
    "drm": "dri/card*",
}
"""Kinds of hardware, by FFmpeg's names, in the order in which they are tried, and what stands in /dev where it is."""

OpenWith: TypeAlias = Callable[[Any], Any]
"""Opens the video with PyAV, with this `HWAccel` or with None; gives the container."""


@dataclass(frozen=True, kw_only=True)
class Decoder:
    """An open container of PyAV; `about` says to people what decodes it, and why."""

    container: Any
    about: str


def open_decoder(open_with: OpenWith, decode: Decode, devices: Path = Path("/dev")) -> Decoder:
    """Open a video.

    Args:
        open_with: opens it; its errors are passed on where it is opened without hardware.
        decode: by what.
        devices: folder of the machine's devices.

    Raises:
        SourceError: hardware was asked for, and none decodes this.
    """
    container = open_with(None)
    codec = _codec(container)
    if decode is Decode.SOFTWARE or codec is None:
        return Decoder(container=container, about=f"{codec.name if codec else 'unknown'} in software")
    reasons = []
    for kind, missing in _candidates(codec, devices):
        if missing:
            reasons.append(f"{kind}: {missing}")
            continue
        container.close()
        try:
            return Decoder(container=open_with(_accelerator(kind, decode)), about=f"{codec.name} by {kind}")
        except (optional.load("av").FFmpegError, OSError, RuntimeError) as error:
            reasons.append(f"{kind}: {error}")
            container = open_with(None)
    why = "; ".join(reasons) or "FFmpeg knows of none for it"
    if decode is Decode.HARDWARE:
        container.close()
        raise SourceError(f'no hardware here decodes {codec.name} ({why}): write decode = "auto", or mend its driver')
    return Decoder(container=container, about=f"{codec.name} in software, for no hardware decodes it ({why})")


def _codec(container: Any) -> Any | None:  # noqa: ANN401 - PyAV is optional
    return container.streams.video[0].codec_context.codec if container.streams.video else None


def _candidates(codec: Any, devices: Path) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - PyAV is optional
    """Kinds of hardware that FFmpeg could decode `codec` with, and what is missing of each here."""
    able = {config.device_type.name for config in codec.hardware_configs if config.is_supported}
    for kind, pattern in NODES.items():
        if kind in able:
            yield kind, "" if any(devices.glob(pattern)) else f"there is no {devices / pattern}"


def _accelerator(kind: str, decode: Decode) -> Any:  # noqa: ANN401 - PyAV is optional
    # What a device opens it may still not decode, as H.264 of 10 bits: FFmpeg says so at the first frame.
    return optional.load("av.codec.hwaccel").HWAccel(kind, allow_software_fallback=decode is Decode.AUTO)
