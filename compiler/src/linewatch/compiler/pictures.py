"""The pictures a student is made from, and how the good ones are divided."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from linewatch.compiler.errors import PictureError
from linewatch.compiler.sample import is_stack
from linewatch.compiler.teacher import BoolArray, UInt8Array
from linewatch.protos.bundle import PLAIN_BITS, RegionOfInterest

MIN_GOOD = 16
MIN_HELD = 8
HELD_EVERY = 4
"""One good picture of this many is held back from training."""
HELD_RUNS = 4
"""Runs of stacks that are held back."""


@dataclass(frozen=True, kw_only=True)
class TestPicture:
    """A sample to be judged (see `sample`), whether it shows a defect, where that is if someone drew it, of which
    kind it is if that is known, and its own name.
    """

    __test__ = False  # the word is the domain's, not pytest's

    frame: UInt8Array
    defective: bool
    mask: BoolArray | None = None
    kind: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class LabelledPicture:
    """A defective picture to learn from: RGB uint8[H, W, 3], the kind of its defect, and where it is if known."""

    frame: UInt8Array
    kind: str
    mask: BoolArray | None = None


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Good samples to learn from, labelled defects to learn from if there are any, and samples that only measure.

    Samples (see `sample`) are pictures, or all of them stacks of frames. `bits` are the significant bits that the files
    of pictures had, of which these are the upper 8.

    With a `region`, each is that part of a camera's frame, cut out already; the graphs will do so themselves.
    """

    good: Sequence[UInt8Array]
    labelled: Sequence[LabelledPicture] = field(default=())
    test: Sequence[TestPicture] = field(default=())
    digest: str = ""
    bits: int = PLAIN_BITS
    region: RegionOfInterest | None = None


@dataclass(frozen=True, kw_only=True)
class Division:
    """The good samples: `fit` teaches the student, `held` sets threshold and band and gives golden pictures."""

    fit: tuple[UInt8Array, ...]
    held: tuple[UInt8Array, ...]


def divide(good: Sequence[UInt8Array], *, least_held: int = 0) -> Division:
    """Hold every fourth picture back, the same ones every time.

    Of stacks, which come from videos in order of time, runs of neighbours are held back: beside one that was learned
    from, a stack shows nothing new.
    More are held back where there are few, and, up to every second one, where `least_held` are wanted.

    Raises:
        PictureError: fewer than `MIN_GOOD` samples, one that is none, or all of them alike.
    """
    _check(good)
    step = min(HELD_EVERY, len(good) // max(MIN_HELD, min(least_held, len(good) // 2)))
    run = max(1, len(good) // (step * HELD_RUNS)) if is_stack(good[0]) else 1
    held = _every(step, run, len(good))
    while run > 1 and len(held) < min(least_held, len(good) // 2):
        run -= 1
        held = _every(step, run, len(good))
    chosen = set(held)
    return Division(
        fit=tuple(frame for index, frame in enumerate(good) if index not in chosen),
        held=tuple(good[index] for index in held),
    )


def usual(frames: Sequence[UInt8Array]) -> UInt8Array:
    """The first of the samples whose size is the nearest to the median one: time and memory are measured on it."""
    height, width = frame_size(frames)
    return min(frames, key=lambda frame: abs(frame.shape[-3] - height) + abs(frame.shape[-2] - width))


def _every(step: int, run: int, count: int) -> list[int]:
    """The last of each `step` runs of `run` numbers, of those below `count`."""
    return [index for index in range(count) if index // run % step == step - 1]


def frame_size(good: Sequence[UInt8Array]) -> tuple[int, int]:
    """Median height and width of the pictures, in pixels."""
    heights = sorted(sample.shape[-3] for sample in good)
    widths = sorted(sample.shape[-2] for sample in good)
    return heights[len(heights) // 2], widths[len(widths) // 2]


def _check(good: Sequence[UInt8Array]) -> None:
    if len(good) < MIN_GOOD:
        raise PictureError(f"{len(good)} good pictures are too few; give at least {MIN_GOOD}")
    first = good[0]
    for index, sample in enumerate(good):
        fits = sample.ndim in (3, 4) and sample.ndim == first.ndim and sample.shape[-1] == 3 and min(sample.shape) >= 1
        if sample.dtype != "uint8" or not fits:
            raise PictureError(
                f"good picture {index} is {sample.dtype}{list(sample.shape)}; give RGB uint8 [H, W, 3], or stacks "
                "[T, H, W, 3] of them alone"
            )
    if all(sample.shape == first.shape and (sample == first).all() for sample in good[1:]):
        raise PictureError("the good pictures are all the same; give pictures that show how good parts differ")
