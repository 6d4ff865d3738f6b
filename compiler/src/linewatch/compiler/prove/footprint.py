"""How much memory a graph takes, measured in a process of its own that does nothing else."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from linewatch.compiler.errors import CompilerError
from linewatch.compiler.graph.runtime import Judge

_RUNS = 3
_SECONDS = 120
_STATUS = Path("/proc/self/status")


def peak_memory_bytes(graph: bytes, shape: tuple[int, ...]) -> int:
    """What opening a graph and judging samples of this shape, one at a time, adds to the peak of a process.

    Without what ONNX Runtime takes to be loaded: every graph needs that.

    Raises:
        CompilerError: the process that measures failed.
    """
    with tempfile.TemporaryDirectory(prefix="linewatch-") as folder:
        path = Path(folder, "model.onnx")
        path.write_bytes(graph)
        command = [sys.executable, "-m", __name__, str(path), *map(str, shape)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)
            return int(done.stdout)
        except (subprocess.SubprocessError, ValueError) as error:
            said = getattr(error, "stderr", "") or str(error)
            raise CompilerError(f"the memory of the graph could not be measured: {said}") from error


def _measure(path: Path, shape: tuple[int, ...]) -> int:
    sample = np.full(shape, 128, np.uint8)
    before = _peak()
    judge = Judge(path.read_bytes())
    for _ in range(_RUNS):
        judge([sample])
    return _peak() - before


def _peak() -> int:
    """Most bytes that this process ever held; getrusage(2) counts those of the parent as well, before its `exec`."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])


if __name__ == "__main__":
    sys.stdout.write(str(_measure(Path(sys.argv[1]), tuple(map(int, sys.argv[2:])))))
