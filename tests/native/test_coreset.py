"""Greedy selection against a plain numpy loop, and its manners: errors, threads, Ctrl-C, memory."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.native import _kernels
from linewatch.native.coreset import greedy_coreset

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


def plain_coreset(features: Float32, count: int, start: int) -> Int64:
    """The textbook loop in float64; with small whole numbers it is exact, ties included."""
    rows = features.astype(np.float64)
    distance = np.full(len(rows), np.inf)
    chosen = [start]
    while len(chosen) < count:
        distance = np.minimum(distance, ((rows - rows[chosen[-1]]) ** 2).sum(axis=1))
        distance[chosen] = -1
        chosen.append(int(distance.argmax()))
    return np.array(chosen, dtype=np.int64)


def cover_radius(features: Float32, rows: Int64) -> float:
    """Largest distance from a row to its nearest selected row."""
    differences = features[:, None, :].astype(np.float64) - features[None, rows, :]
    return float(np.sqrt((differences**2).sum(axis=2)).min(axis=1).max())


@st.composite
def whole_number_features(draw: st.DrawFn) -> Float32:
    """Small whole numbers: every float32 sum is exact, and ties and duplicate rows abound."""
    rows = draw(st.integers(1, 70))
    columns = draw(st.integers(1, 150))
    largest = draw(st.sampled_from([0, 1, 3, 100]))
    seed = draw(st.integers(0, 2**32 - 1))
    return np.random.default_rng(seed).integers(-largest, largest + 1, (rows, columns)).astype(np.float32)


@settings(max_examples=150)
@given(features=whole_number_features(), data=st.data())
@pytest.mark.parametrize("portable", [False, True])
def test_same_selection_as_the_plain_loop(features: Float32, data: st.DataObject, portable: bool) -> None:
    count = data.draw(st.integers(1, len(features)))
    start = data.draw(st.integers(0, len(features) - 1))
    threads = data.draw(st.integers(1, 5))
    rows = _kernels.greedy_coreset(features, count, start, threads, None, portable)
    np.testing.assert_array_equal(rows, plain_coreset(features, count, start))


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 300), count=st.integers(1, 120))
def test_same_selection_for_any_number_of_threads(seed: int, columns: int, count: int) -> None:
    features = np.random.default_rng(seed).normal(size=(500, columns)).astype(np.float32)
    alone = greedy_coreset(features, count)
    for threads in (2, 3, 7):
        np.testing.assert_array_equal(greedy_coreset(features, count, threads=threads), alone)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 300))
def test_the_portable_kernel_covers_as_well(seed: int, columns: int) -> None:
    features = np.random.default_rng(seed).normal(size=(200, columns)).astype(np.float32)
    fast = _kernels.greedy_coreset(features, 25, 0, 1, None, False)
    portable = _kernels.greedy_coreset(features, 25, 0, 1, None, True)
    assert cover_radius(features, portable) == pytest.approx(cover_radius(features, fast), rel=0.05)


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1))
def test_radius_is_at_most_twice_the_best_possible(seed: int) -> None:
    """k+1 rows pairwise at least 2r apart prove that no k rows cover within r; the greedy ones are that far apart."""
    features = np.random.default_rng(seed).normal(size=(80, 6)).astype(np.float32)
    rows = greedy_coreset(features, 9)
    differences = features[rows][:, None, :].astype(np.float64) - features[rows][None, :, :]
    apart = np.sqrt((differences**2).sum(axis=2))[np.triu_indices(9, 1)].min()
    assert cover_radius(features, rows) <= apart * (1 + 1e-5)


def test_duplicates_are_selected_once_each() -> None:
    rows = greedy_coreset(np.ones((40, 5), np.float32), 40, 11)
    assert rows[0] == 11
    assert sorted(rows) == list(range(40))


def test_huge_values_end_and_stay_distinct() -> None:
    features = np.full((30, 9), 3e38, np.float32)
    features[::2] *= -1
    assert len(set(greedy_coreset(features, 30))) == 30


def test_read_only_features_and_numpy_numbers_are_taken() -> None:
    features = np.arange(60, dtype=np.float32).reshape(20, 3)
    features.flags.writeable = False
    rows = greedy_coreset(features, int(np.int64(3)), start=0)
    assert rows.dtype == np.int64
    assert rows.tolist() == [0, 19, 9]


GOOD = np.zeros((6, 4), np.float32)
WITH_NAN = GOOD.copy()
WITH_NAN[4, 2] = np.nan
WITH_INFINITY = GOOD.copy()
WITH_INFINITY[5, 3] = -np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: greedy_coreset(WITH_NAN, 2), r"finite; row 4, column 2 is not"),
        (lambda: greedy_coreset(WITH_INFINITY, 2), r"finite; row 5, column 3 is not"),
        (lambda: greedy_coreset(GOOD[0], 1), r"must be \[N, C\], got shape \[4\]"),
        (lambda: greedy_coreset(GOOD[:, ::2], 1), r"np\.ascontiguousarray"),
        (lambda: greedy_coreset(GOOD[:0], 1), r"at least one row and one column"),
        (lambda: greedy_coreset(GOOD[:, :0].copy(), 1), r"at least one row and one column"),
        (lambda: greedy_coreset(GOOD, 0), r"count must be 1 to 6, got 0"),
        (lambda: greedy_coreset(GOOD, 7), r"count must be 1 to 6, got 7"),
        (lambda: greedy_coreset(GOOD, 1, -1), r"start must be 0 to 5, got -1"),
        (lambda: greedy_coreset(GOOD, 1, 6), r"start must be 0 to 5, got 6"),
        (lambda: greedy_coreset(GOOD, 1, threads=0), r"threads must be 1 to 256, got 0"),
        (lambda: greedy_coreset(GOOD, 1, threads=257), r"threads must be 1 to 256, got 257"),
    ],
)
def test_wrong_values_say_what_to_do(call: Callable[[], Int64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("wrong", [GOOD.astype(np.float64), GOOD.astype(np.int32), [[1.0]]])
def test_wrong_types_name_the_conversion(wrong: Float32) -> None:
    with pytest.raises(TypeError, match=r"np\.asarray\(x, np\.float32\)"):
        greedy_coreset(wrong, 1)


def long_job() -> Float32:
    """Features whose whole selection takes far longer than a test waits."""
    return np.random.default_rng(0).normal(size=(30_000, 96)).astype(np.float32)


def test_progress_counts_up_and_its_error_ends_the_selection() -> None:
    seen: list[int] = []

    def stop_after_three(chosen: int) -> None:
        seen.append(chosen)
        if len(seen) == 3:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        greedy_coreset(long_job(), 30_000, threads=2, progress=stop_after_three)
    assert seen == sorted(seen)
    assert 0 < seen[-1] < 30_000


def test_other_threads_run_meanwhile() -> None:
    features = long_job()
    ended = threading.Event()

    def enough(_: int) -> None:
        if ended.is_set():
            raise StopAsyncIteration

    def select() -> None:
        with pytest.raises(StopAsyncIteration):
            greedy_coreset(features, 30_000, progress=enough)

    worker = threading.Thread(target=select)
    worker.start()
    ticks = 0
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        ticks += 1
        time.sleep(0.001)
    ended.set()
    worker.join(timeout=30)
    assert not worker.is_alive()
    assert ticks > 20


def test_ctrl_c_interrupts() -> None:
    # A parent that ignores SIGINT, such as a background job of a shell, hands that on: the child asks for Python's own.
    script = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import numpy as np\n"
        "from linewatch.native.coreset import greedy_coreset\n"
        "features = np.random.default_rng(0).normal(size=(30_000, 96)).astype(np.float32)\n"
        "greedy_coreset(features, 30_000, threads=2, progress=lambda n: print(n, flush=True))\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert int(child.stdout.readline()) < 30_000
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=20)
    assert b"KeyboardInterrupt" in errors


def test_memory_stays_within_its_promise() -> None:
    """Peak memory grows by less than the features' own size: no copy, no N x M table."""
    script = (
        "import resource, numpy as np\n"
        "from linewatch.native.coreset import greedy_coreset\n"
        "rows, columns = 400_000, 16\n"
        "features = np.random.default_rng(0).random((rows, columns), np.float32)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "greedy_coreset(features, 40)\n"
        "grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024\n"
        "assert grown < 12 * rows + 2_000_000, grown\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_kernel_name_matches_the_cpu() -> None:
    assert _kernels.kernel_name() in {"avx2", "portable"}
