"""The message that tells the cloud what was given up."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from linewatch.protos import event_pb2

MAX_RANGES = 200
"""Ranges in one message; what is left over is told by the next one."""

GAP_RESERVE_BYTES = 16 * 1024
"""More than any such message is long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Messages of one boot, `first` to `last`, that were given up before the cloud had them.

    `told` says that a message which names them waits for the cloud.
    """

    boot: str
    first: int
    last: int
    told: bool = False


def gap_event(
    gaps: Sequence[Gap], *, site: str, device: str, boot: str, sequence: int, time_unix_ns: int
) -> event_pb2.Event:
    """The message for `gaps`, at most `MAX_RANGES` of them, as message `sequence` of `boot`."""
    event = event_pb2.Event(
        identity=event_pb2.EventIdentity(device=device, boot=boot, sequence=sequence),
        site=site,
        event_id=uuid.uuid4().hex,
        phase=event_pb2.EVENT_PHASE_CLOSED,
        kind=event_pb2.EVENT_KIND_GAP,
        time_unix_ns=time_unix_ns,
        reason=f"{sum(gap.last - gap.first + 1 for gap in gaps)} given up before the cloud had them",
    )
    for gap in gaps:
        if not event.missing or event.missing[-1].boot != gap.boot:
            event.missing.add(boot=gap.boot)
        event.missing[-1].ranges.add(first=gap.first, last=gap.last)
    return event
