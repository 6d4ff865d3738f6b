"""Golden pictures: what every runtime must score as the compiler did, before a bundle may serve."""

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.compiler.errors import CompilerError, GoldenFailed
from linewatch.compiler.graph.region import frames_around
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import FloatArray, UInt8Array
from linewatch.protos.bundle import FrameStack, RegionOfInterest

GOLDEN_COUNT = 8
SCORE_TOLERANCE = 0.05
"""Largest difference between two runtimes: as a share of the threshold, and of the score where that is higher.

ONNX Runtime with and without its optimiser, which round at different places, differ by up to about 0.03.
"""


def golden_pictures(
    held: Sequence[UInt8Array],
    shrink: Shrink,
    region: RegionOfInterest | None,
    seed: int,
    count: int = GOLDEN_COUNT,
) -> tuple[UInt8Array, ...]:
    """`count` pictures, of the student's size at most: held-back good frames in turn with ones given synthetic defects.

    Made smaller by the graph's own nodes, which leave a frame of that size as it is: so they are files of modest size,
    and score as the whole frames do. Those that are smaller already stay as they are. Where the graph looks at a
    `region` alone, which `held` shows, a picture is in the region of a frame that is black elsewhere.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(held))
    frames = [held[int(order[index % len(held)])] for index in range(count)]
    shown = [add_defects(frame, frames, random)[0] if index % 2 else frame for index, frame in enumerate(frames)]
    small = [shrink([one])[0] if math.prod(one.shape[-3:-1]) > math.prod(shrink.size) else one for one in shown]
    return tuple(frames_around(small, region))


def golden_files(pictures: Sequence[UInt8Array]) -> dict[str, bytes]:
    """The pictures as lossless PNG by their path in the bundle; frames of a stack stand one below the other."""
    return {f"golden/{index}.png": _png(picture) for index, picture in enumerate(pictures)}


def read_golden(data: bytes, stack: FrameStack | None = None) -> UInt8Array:
    """A golden picture again: RGB uint8[H, W, 3], or uint8[T, H, W, 3] of a bundle that judges stacks."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise CompilerError("a golden picture is not a readable PNG; compile the bundle again")
    picture = np.ascontiguousarray(decoded[:, :, ::-1], dtype=np.uint8)
    return picture if stack is None else picture.reshape(stack.frames, -1, *picture.shape[1:])


def check_golden(runs: Mapping[str, FloatArray], tolerance: float = SCORE_TOLERANCE) -> float:
    """Compare the scores [N] that several ways to run one graph gave the golden pictures, or the first few of them.

    Gives the largest spread, as a share of the threshold and of the score where that is higher.

    Raises:
        GoldenFailed: a score is not finite, or two ways differ by more than `tolerance`.
    """
    broken = [name for name, scores in runs.items() if not np.isfinite(scores).all()]
    if broken:
        raise GoldenFailed(f"{broken[0]} gave a golden picture a score that is not a number; compile with another seed")
    table = _side_by_side(list(runs.values()))
    spreads = (np.nanmax(table, axis=0) - np.nanmin(table, axis=0)) / np.maximum(1, np.nanmean(table, axis=0))
    worst = int(spreads.argmax())
    if spreads[worst] > tolerance:
        names = list(runs)
        apart = sorted({int(np.nanargmin(table[:, worst])), int(np.nanargmax(table[:, worst]))})
        raise GoldenFailed(
            f"the golden pictures' scores differ by {spreads[worst]:.4f} between "
            f"{' and '.join(names[index] for index in apart)}, more than {tolerance}; "
            "the graph would not score alike on every device, so no bundle was written"
        )
    return float(spreads[worst])


def _side_by_side(runs: Sequence[FloatArray]) -> npt.NDArray[np.float64]:
    """One row a run; NaN for the pictures that a run was not asked for."""
    table = np.full((len(runs), max(len(scores) for scores in runs)), np.nan)
    for row, scores in zip(table, runs, strict=True):
        row[: len(scores)] = scores
    return table


def _png(sample: UInt8Array) -> bytes:
    picture = sample.reshape(-1, *sample.shape[-2:])
    done, data = cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise CompilerError(f"cannot write a golden picture of shape {picture.shape} as PNG")
    return bytes(data.tobytes())
