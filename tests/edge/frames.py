"""Reading a source to its end."""

from collections.abc import Iterator

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.source import FrameSource


def read_all(source: FrameSource) -> Iterator[UInt8Array]:
    """Every frame that is left in `source`."""
    while (pixels := source.read()) is not None:
        yield pixels
