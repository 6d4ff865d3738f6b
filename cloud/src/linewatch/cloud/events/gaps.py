"""What is missing, and whether the device has said that it gave it up. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from linewatch.cloud.events.stored_event import Gap


class Hole(NamedTuple):
    """Sequence numbers without a message, before one of the same boot; both inclusive."""

    device: str
    boot: str
    first: int
    last: int


class Told(NamedTuple):
    """Sequence numbers that `device` says it gave up, of one of its boots; both inclusive."""

    device: str
    boot: str
    first: int
    last: int


def find_gaps(holes: Iterable[Hole], ends: Mapping[tuple[str, str], int], told: Sequence[Told]) -> list[Gap]:
    """All gaps, in order of device, boot and sequence.

    Args:
        holes: what the stored messages prove to be missing.
        ends: the last sequence number stored by device and boot, of the boots in `told`.
        told: in any order; what is stored all the same is no gap.
    """
    spans: dict[str, list[Told]] = defaultdict(list)
    for one in sorted(told, key=lambda one: one.first):
        spans[one.boot].append(one)
    missing = [*holes, *_beyond(ends, spans)]
    return [gap for hole in sorted(missing) for gap in _split(hole, spans[hole.boot])]


def _beyond(ends: Mapping[tuple[str, str], int], spans: Mapping[str, Sequence[Told]]) -> Iterable[Hole]:
    """What was told of after the last stored message of a boot."""
    places = {boot: (device, last) for (device, boot), last in ends.items()}
    for boot, parts in spans.items():
        device, stored = places.get(boot, (parts[0].device, 0))
        last = max(part.last for part in parts)
        if last > stored:
            yield Hole(device, boot, stored + 1, last)


def _split(hole: Hole, told: Sequence[Told]) -> Iterable[Gap]:
    """The parts of `hole` that were told, and those between them."""
    start = hole.first
    for part in told:
        first, last = max(part.first, start), min(part.last, hole.last)
        if first > last:
            continue
        if first > start:
            yield _gap(hole, start, first - 1, told=False)
        yield _gap(hole, first, last, told=True)
        start = last + 1
    if start <= hole.last:
        yield _gap(hole, start, hole.last, told=False)


def _gap(hole: Hole, first: int, last: int, *, told: bool) -> Gap:
    return Gap(device=hole.device, boot=hole.boot, first=first, last=last, told=told)
