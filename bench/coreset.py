"""Greedy coreset selection: the native kernel against the plain loop in numpy and in torch, on one core.

Interleaved rounds in one process, medians, ratios. `python -m bench.coreset` prints the records as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import numpy.typing as npt
import torch

from bench.record import Record, at_least, seen
from linewatch.native.coreset import greedy_coreset

ROWS, COLUMNS, COUNT, ROUNDS = 12_000, 384, 120, 5
RATIO_GOAL = 3.0
COMMAND = "python -m bench.coreset"

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


def measure() -> list[Record]:
    """Medians in seconds, and how many times faster the kernel is than each loop."""
    cores, threads = os.sched_getaffinity(0), torch.get_num_threads()
    os.sched_setaffinity(0, {max(cores)})
    torch.set_num_threads(1)
    try:
        seconds = interleaved(features())
    finally:
        os.sched_setaffinity(0, cores)
        torch.set_num_threads(threads)
    return records(seconds)


def features() -> Float32:
    """float32[ROWS, COLUMNS]: clusters with shared directions and noise, clipped at zero, as patch features are."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(200, COLUMNS))[random.integers(0, 200, ROWS)]
    shared = random.normal(size=(ROWS, 8)) @ random.normal(size=(8, COLUMNS))
    rows = centres + 0.6 * shared + 0.35 * random.normal(size=(ROWS, COLUMNS))
    return np.maximum(rows, 0).astype(np.float32)


def numpy_loop(rows: Float32) -> Int64:
    """The textbook loop."""
    distance = np.full(len(rows), np.inf, np.float32)
    chosen = [0]
    for _ in range(COUNT - 1):
        difference = rows - rows[chosen[-1]]
        np.minimum(distance, np.einsum("nc,nc->n", difference, difference), out=distance)
        chosen.append(int(distance.argmax()))
    return np.array(chosen)


def torch_loop(rows: Float32) -> Int64:
    """The loop by matrix products: |x|^2 - 2 x.c + |c|^2, which reads the features once a step and copies nothing."""
    matrix = torch.from_numpy(rows)
    squares = (matrix * matrix).sum(1)
    distance = torch.full((len(rows),), torch.inf)
    chosen = [0]
    for _ in range(COUNT - 1):
        last = chosen[-1]
        torch.minimum(distance, squares - 2 * (matrix @ matrix[last]) + squares[last], out=distance)
        chosen.append(int(distance.argmax()))
    return np.array(chosen)


def interleaved(rows: Float32) -> dict[str, float]:
    """Median seconds of each way, after checking that they select rows that cover alike."""
    ways: dict[str, Callable[[Float32], Int64]] = {
        "native": lambda rows: greedy_coreset(rows, COUNT),
        "numpy": numpy_loop,
        "torch": torch_loop,
    }
    radii = [cover_radius(rows, way(rows)) for way in ways.values()]
    if max(radii) > 1.01 * min(radii):
        raise AssertionError(f"the ways do not agree: cover radii {radii}")
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            begin = time.perf_counter()
            way(rows)
            times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(values) for name, values in times.items()}


def cover_radius(rows: Float32, chosen: Int64) -> float:
    """Largest Euclidean distance from a row to its nearest selected row."""
    matrix = torch.from_numpy(rows).double()
    return float(torch.cdist(matrix, matrix[chosen]).min(1).values.max())


def records(seconds: dict[str, float]) -> list[Record]:
    """The figures of `seconds`."""
    shape = f"{ROWS} x {COLUMNS} features, {COUNT} rows selected, one core"
    medians = [
        seen(f"coreset_{name}_seconds", value, unit="s", command=COMMAND, limit=shape)
        for name, value in seconds.items()
    ]
    ratios = [
        at_least(
            f"coreset_native_vs_{name}",
            seconds[name] / seconds["native"],
            RATIO_GOAL,
            unit="times faster",
            command=COMMAND,
            limit=shape,
        )
        for name in ("numpy", "torch")
    ]
    return [*medians, *ratios]


if __name__ == "__main__":
    sys.stdout.write(json.dumps([asdict(record) for record in measure()], indent=1) + "\n")
