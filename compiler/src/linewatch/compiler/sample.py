"""What is judged at once: a frame RGB uint8[H, W, 3], or a stack uint8[T, H, W, 3] of them whose last one is judged."""

from collections.abc import Iterable

import numpy as np

from linewatch.compiler.teacher import BoolArray, UInt8Array

_STACK_RANK = 4


def is_stack(sample: UInt8Array) -> bool:
    """Whether the sample is a stack of frames."""
    return sample.ndim == _STACK_RANK


def still(sample: UInt8Array) -> UInt8Array:
    """The frame that is judged."""
    frame: UInt8Array = sample[-1] if is_stack(sample) else sample
    return frame


def stills(samples: Iterable[UInt8Array]) -> list[UInt8Array]:
    """The frame of each sample."""
    return [still(sample) for sample in samples]


def painted(sample: UInt8Array, frame: UInt8Array, where: BoolArray) -> UInt8Array:
    """The sample with `frame` as the one that is judged; in a stack, all frames show what it shows at `where` [H, W].

    A defect that was there all the time does not move.
    """
    if not is_stack(sample):
        return frame
    shown = np.where(where[..., None], frame, sample)
    shown[-1] = frame
    return shown
