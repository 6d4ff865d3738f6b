"""Which message: unique for all time."""

from typing import NamedTuple


class Identity(NamedTuple):
    """Device, boot (32 hexadecimal digits) and sequence number within the boot (1, 2, 3, ...)."""

    device: str
    boot: str
    sequence: int


class SequenceRange(NamedTuple):
    """First and last sequence number of a run without holes, both inclusive."""

    first: int
    last: int


def to_ranges(sequences: set[int]) -> list[SequenceRange]:
    """The fewest ranges that hold exactly `sequences`, in order."""
    ranges: list[SequenceRange] = []
    for sequence in sorted(sequences):
        if ranges and sequence == ranges[-1].last + 1:
            ranges[-1] = SequenceRange(ranges[-1].first, sequence)
        else:
            ranges.append(SequenceRange(sequence, sequence))
    return ranges
