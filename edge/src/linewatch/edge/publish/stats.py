"""What the publisher has done so far."""

from dataclasses import dataclass, field

from linewatch.edge.publish.connection import State
from linewatch.edge.publish.dialect import Version


@dataclass(kw_only=True, slots=True)
class PublishStats:
    """Counts since the publisher was started.

    Attributes:
        published: events sent, each counted once; `resent` counts the repetitions beside it.
        acknowledged: events that the cloud committed.
        payload_bytes: payloads of events, repetitions included.
        bytes_by_camera: what its events cost on the line, estimated in the same way.
        wire_bytes: estimate of what those and the status messages cost on the line (see `wire`).
        restarts: mistakes of ours that the supervisor caught.
        unheard: messages were sent again, and the cloud has said nothing since.
        last_error: why the connection was last lost or not made; empty when it never was.
    """

    state: State = State.OFFLINE
    version: Version = Version.V5
    published: int = 0
    resent: int = 0
    acknowledged: int = 0
    bad_acks: int = 0
    payload_bytes: int = 0
    wire_bytes: int = 0
    bytes_by_camera: dict[str, int] = field(default_factory=dict)
    connections: int = 0
    restarts: int = 0
    unheard: bool = False
    last_error: str = ""

    @property
    def about(self) -> str:
        """How far events come, for people."""
        return f"{self.state}, no cloud answers" if self.state is State.ONLINE and self.unheard else str(self.state)
