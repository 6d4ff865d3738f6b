"""Choosing a small set of rows that covers a large one: greedy k-centre selection.

Source: T. F. Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer Science 38
(1985); used to thin memory banks by K. Roth et al., "Towards Total Recall in Industrial Anomaly Detection" (PatchCore),
CVPR 2022. Evaluated lazily after M. Minoux, "Accelerated greedy algorithms for maximizing submodular set functions"
(1978): the selection is exactly the greedy one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from linewatch.native import _kernels


def greedy_coreset(
    features: npt.NDArray[np.float32],
    count: int,
    start: int = 0,
    *,
    threads: int = 1,
    progress: Callable[[int], object] | None = None,
) -> npt.NDArray[np.int64]:
    """Select rows one by one, each time the row farthest from those selected before.

    The largest Euclidean distance from any row to its nearest selected row is at most twice the least possible one.
    Ties go to the lowest row, a row is selected once, and the selection is the same for every number of threads;
    CPUs with and without AVX2 may break near-ties differently, because they round sums differently.

    Memory: 12 bytes a row beside the features, which are not copied. The GIL is released: do not write to
    ``features`` meanwhile. Ctrl-C interrupts.

    Args:
        features: float32[N, C], C-contiguous, every value finite.
        count: how many rows to select, 1 to N.
        start: the row to begin with, 0 to N - 1.
        threads: threads to use, 1 to 256.
        progress: called at most every 20 ms with the number of rows selected so far; what it
            raises ends the selection.

    Returns:
        int64[count]: row numbers in the order of their selection, all different.

    Raises:
        TypeError: features is not a float32 array.
        ValueError: features is not two-dimensional, empty, not C-contiguous or not finite, or a number is out of range.
    """
    _require_matrix(features)
    return _kernels.greedy_coreset(features, count, start, threads, progress)


def _require_matrix(features: npt.NDArray[np.float32]) -> None:
    if not isinstance(features, np.ndarray) or features.dtype != np.float32:
        kind = features.dtype if isinstance(features, np.ndarray) else type(features).__name__
        raise TypeError(f"features must be a float32 array, got {kind}; convert with np.asarray(x, np.float32)")
    if features.ndim != 2:
        raise ValueError(f"features must be [N, C], got shape {list(features.shape)}")
    if not features.flags.c_contiguous:
        raise ValueError("features must be C-contiguous; pass np.ascontiguousarray(features)")
