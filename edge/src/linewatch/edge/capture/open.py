"""From an address to a source that delivers."""

from pathlib import Path

from linewatch.edge import optional
from linewatch.edge.capture.address import LIVE_KINDS, Address, SourceKind
from linewatch.edge.capture.av_decoder import Decode
from linewatch.edge.capture.source import FrameSource
from linewatch.edge.errors import SourceError


def open_address(address: Address, bits: int | None = None, decode: Decode = Decode.AUTO) -> FrameSource:
    """Open `address` as it is, without pace or loop. Adapters are imported when needed.

    Args:
        address: what to open.
        bits: as in `read_picture`.
        decode: what decodes a video.

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
    if address.kind is SourceKind.GIGE:
        from linewatch.edge.capture.gige.gige_camera import GigeCamera
        from linewatch.edge.capture.gige.options import parse_gige

        return GigeCamera(parse_gige(address.place), bits)
    if address.kind is SourceKind.USB:
        from linewatch.edge.capture.usb import UsbCamera, parse_usb

        return UsbCamera(parse_usb(address.place))
    return _open_video(address, decode)


def _open_video(address: Address, decode: Decode) -> FrameSource:
    live = address.kind in LIVE_KINDS
    if optional.is_installed("av") or decode is Decode.HARDWARE:
        from linewatch.edge.capture.av_video import AvVideo

        return AvVideo(address.place, live=live, decode=decode)
    from linewatch.edge.capture.opencv_video import OpenCvVideo

    return OpenCvVideo(address.place, live=live)


def check_options(address: Address) -> None:
    """Look at the options in `address` without opening anything.

    Raises:
        ConfigurationError: one of them is unknown or impossible.
    """
    if address.kind is SourceKind.SIMULATED:
        from linewatch.edge.capture.simulated import parse_simulation

        parse_simulation(address.place)
    elif address.kind is SourceKind.GIGE:
        from linewatch.edge.capture.gige.options import parse_gige

        parse_gige(address.place)
    elif address.kind is SourceKind.USB:
        from linewatch.edge.capture.usb import parse_usb

        parse_usb(address.place)
