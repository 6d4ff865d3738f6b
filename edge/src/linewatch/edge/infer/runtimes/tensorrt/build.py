"""Builds an engine: `python -m linewatch.edge.infer.runtimes.tensorrt.build`, its order as JSON on standard input.

A process of its own, started by `workshop`: a builder takes gigabytes and minutes, and can crash. The graph says every
type (strongly typed, quantizers explicit): there is nothing to calibrate and no precision to choose.
"""

import ctypes
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from linewatch.edge.errors import EdgeError, EngineBuildFailed
from linewatch.edge.infer.runtimes.tensorrt.engine_file import EngineFiles, EngineKey
from linewatch.edge.infer.runtimes.tensorrt.gpu import Gpu
from linewatch.edge.infer.runtimes.tensorrt.library import load_library, quiet_logger, said_by

_NICENESS = 10
_PR_SET_PDEATHSIG = 1

Profile = dict[str, dict[str, list[int]]]
"""Shapes `min`, `opt` and `max` of each input, as the bundle's recipe has them."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to build: the graph in a file, for the shapes of `profiles`, into `folder` under `key`, with `module`."""

    key: EngineKey
    graph: str
    profiles: list[Profile]
    folder: str
    module: str

    def to_json(self) -> str:
        """As the process is given it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Order":
        """Read it."""
        plain = json.loads(text)
        key = plain.pop("key")
        return cls(key=EngineKey(**{**key, "gpu": Gpu(**key["gpu"])}), **plain)


def build(order: Order) -> None:
    """Build the engine and keep it, and what was learned about the speed of kernels.

    Raises:
        RuntimeUnavailable: TensorRT cannot be loaded.
        EngineBuildFailed: it does not take the graph; says why.
        DiskFull, StateUnwritable: the disk refused.
    """
    trt = load_library(order.module)
    logger, files = quiet_logger(trt), EngineFiles(Path(order.folder))
    builder = trt.Builder(logger)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(Path(order.graph).read_bytes()):
        faults = [parser.get_error(index).desc() for index in range(parser.num_errors)]
        raise EngineBuildFailed(f"{order.key.library} cannot read the graph: {'; '.join(faults)}")
    config = builder.create_builder_config()
    for shapes in order.profiles:
        profile = builder.create_optimization_profile()
        for name, shape in shapes.items():
            profile.set_shape(name, shape["min"], shape["opt"], shape["max"])
        config.add_optimization_profile(profile)
    _use_timings(config, files.timings(order.key))
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise EngineBuildFailed(f"{order.key.library} cannot build the graph: {said_by(logger)}")
    files.keep_engine(order.key, bytes(engine))
    learned = config.get_timing_cache()
    if learned is not None:
        files.keep_timings(order.key, bytes(learned.serialize()))


def _use_timings(config: Any, known: bytes) -> None:  # noqa: ANN401
    """Timings of another device or version are refused by TensorRT itself; then it begins anew."""
    cache = config.create_timing_cache(known)
    if cache is None or not config.set_timing_cache(cache, False):
        config.set_timing_cache(config.create_timing_cache(b""), False)


def main() -> int:
    """Build what standard input orders; the last line of standard error says why not."""
    # The agent ends this process, and no signal meant for the agent; without the agent it ends too.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    try:
        build(Order.from_json(sys.stdin.read()))
    except EdgeError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
