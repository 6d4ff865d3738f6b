"""Reading a source to its end."""

from collections.abc import Iterator

from linewatch.edge.capture.picture import UInt8Array, as_picture
from linewatch.edge.capture.source import FrameSource


def read_all(source: FrameSource) -> Iterator[UInt8Array]:
    """Every frame that is left in `source`, in RGB."""
    while (pixels := source.read()) is not None:
        yield as_picture(pixels).rgb()
