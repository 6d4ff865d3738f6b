"""The short stacks of frames that a bundle for fixed cameras judges."""

from dataclasses import dataclass

from linewatch.protos import bundle_pb2 as pb


@dataclass(frozen=True, kw_only=True)
class FrameStack:
    """`frames` in order of time, each `step` frames of the camera apart; the last one is judged."""

    frames: int
    step: int

    @classmethod
    def from_proto(cls, message: pb.FrameStack) -> "FrameStack":
        """Read the message."""
        return cls(frames=message.frames, step=message.step)

    def to_proto(self) -> pb.FrameStack:
        """Write the message."""
        return pb.FrameStack(frames=self.frames, step=self.step)

    @property
    def reach(self) -> int:
        """How many frames before the judged one the oldest is."""
        return (self.frames - 1) * self.step
