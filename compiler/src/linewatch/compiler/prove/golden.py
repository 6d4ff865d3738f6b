"""Golden pictures: what every runtime must score as the compiler did, before a bundle may serve."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from linewatch.compiler.errors import CompilerError, GoldenFailed
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import FloatArray, UInt8Array

GOLDEN_COUNT = 8
SCORE_TOLERANCE = 0.05
"""Largest difference between two runtimes: as a share of the threshold, and of the score where that is higher.

ONNX Runtime with and without its optimiser, which round at different places, differ by up to about 0.03.
"""


def golden_pictures(
    held: Sequence[UInt8Array], shrink: Shrink, seed: int, count: int = GOLDEN_COUNT
) -> tuple[UInt8Array, ...]:
    """`count` pictures of the student's size: held-back good frames in turn with ones given synthetic defects.

    Made smaller by the graph's own nodes, which leave a frame of that size as it is: so they are files of modest size,
    and score as the whole frames do.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(held))
    frames = [held[int(order[index % len(held)])] for index in range(count)]
    shown = [add_defects(frame, frames, random)[0] if index % 2 else frame for index, frame in enumerate(frames)]
    return tuple(shrink(shown))


def golden_files(pictures: Sequence[UInt8Array]) -> dict[str, bytes]:
    """The pictures as lossless PNG by their path in the bundle."""
    return {f"golden/{index}.png": _png(picture) for index, picture in enumerate(pictures)}


def read_golden(data: bytes) -> UInt8Array:
    """A golden picture again: RGB uint8[H, W, 3]."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise CompilerError("a golden picture is not a readable PNG; compile the bundle again")
    return np.ascontiguousarray(decoded[:, :, ::-1], dtype=np.uint8)


def check_golden(runs: Mapping[str, FloatArray], tolerance: float = SCORE_TOLERANCE) -> float:
    """Compare the scores [N] that several ways to run one graph gave the golden pictures.

    Gives the largest spread, as a share of the threshold and of the score where that is higher.

    Raises:
        GoldenFailed: a score is not finite, or two ways differ by more than `tolerance`.
    """
    scores = np.stack(list(runs.values())).astype(np.float64)
    if not np.isfinite(scores).all():
        raise GoldenFailed("the graph gave a golden picture a score that is not a number; compile with another seed")
    spread = float(((scores.max(axis=0) - scores.min(axis=0)) / np.maximum(1, scores.mean(axis=0))).max())
    if spread > tolerance:
        raise GoldenFailed(
            f"the golden pictures' scores differ by {spread:.4f} between {' and '.join(runs)}, more than {tolerance}; "
            "the graph would not score alike on every device, so no bundle was written"
        )
    return spread


def _png(picture: UInt8Array) -> bytes:
    done, data = cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise CompilerError(f"cannot write a golden picture of shape {picture.shape} as PNG")
    return bytes(data.tobytes())
