"""From an address to a source that delivers."""

from pathlib import Path

from linewatch.edge import optional
from linewatch.edge.capture.address import LIVE_KINDS, Address, SourceKind
from linewatch.edge.capture.source import FrameSource
from linewatch.edge.errors import SourceError


def open_address(address: Address, bits: int | None = None) -> FrameSource:
    """Open `address` as it is, without pace or loop; `bits` as in `read_picture`. Adapters are imported when needed.

    Raises:
        SourceError: the file or folder is not what it should be.
        CameraError: the device or stream does not answer.
    """
    if address.kind is SourceKind.DRIVER:
        raise SourceError("frames of a driver come to the agent alone: name it in [[cameras]] of `linewatch-edge run`")
    if address.kind is SourceKind.PICTURES:
        from linewatch.edge.capture.pictures import PictureFolder

        return PictureFolder(Path(address.place), bits)
    if address.kind is SourceKind.SIMULATED:
        from linewatch.edge.capture.simulated import SimulatedCamera, parse_simulation

        return SimulatedCamera(parse_simulation(address.place))
    return _open_video(address)


def _open_video(address: Address) -> FrameSource:
    live = address.kind in LIVE_KINDS
    if address.kind is not SourceKind.USB and optional.is_installed("av"):
        from linewatch.edge.capture.av_video import AvVideo

        return AvVideo(address.place, live=live)
    from linewatch.edge.capture.opencv_video import OpenCvVideo

    return OpenCvVideo(int(address.place) if address.kind is SourceKind.USB else address.place, live=live)
