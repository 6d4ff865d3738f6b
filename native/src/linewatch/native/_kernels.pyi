"""Compiled kernels; use the modules of linewatch.native that wrap them."""

from collections.abc import Callable

import numpy
import numpy.typing

def kernel_name() -> str:
    """Name of the distance kernel that this CPU gets."""

def greedy_coreset(
    features: numpy.typing.NDArray[numpy.float32],
    count: int,
    start: int,
    threads: int = 1,
    progress: Callable[[int], object] | None = None,
    portable: bool = False,
) -> numpy.typing.NDArray[numpy.int64]:
    """Greedy k-centre selection; see linewatch.native.coreset."""
