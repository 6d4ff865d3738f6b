"""Which pixels of a frame the graphs look at."""

from dataclasses import dataclass

from linewatch.protos import bundle_pb2 as pb


@dataclass(frozen=True, kw_only=True)
class FrameSampling:
    """Along each side of a frame, or of its region, the pixels in the middles of so many equal parts.

    Pixel number `(2 i + 1) * side // (2 * parts)` of part `i`. A frame that was made smaller that way, along a side of
    more pixels than parts, scores the same to the last bit.
    """

    height: int
    width: int

    @classmethod
    def from_proto(cls, message: pb.FrameSampling) -> "FrameSampling":
        """Read the message."""
        return cls(height=message.height, width=message.width)

    def to_proto(self) -> pb.FrameSampling:
        """Write the message."""
        return pb.FrameSampling(height=self.height, width=self.width)
