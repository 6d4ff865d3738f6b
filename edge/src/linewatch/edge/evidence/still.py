"""One picture of a clip."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Still:
    """A small JPEG; `clock_s` is the monotonic time of its capture."""

    clock_s: float
    jpeg: bytes
