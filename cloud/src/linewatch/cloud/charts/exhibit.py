"""A picture beside what a detector saw in it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A picture (JPEG) with the same picture under its heat map, and what to say of them."""

    title: str
    text: str
    picture_jpeg: bytes
    heat_jpeg: bytes
