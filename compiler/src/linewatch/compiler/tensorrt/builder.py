"""Parses and builds a graph with TensorRT-RTX, whose wheels install where there is no GPU.

It shares parser and network definition with TensorRT, and has other kernels: what it takes is a strong hint, and no
proof, that TensorRT does. Nothing is run.
"""

import importlib.metadata
from dataclasses import dataclass
from typing import Any

import onnx

from linewatch.compiler.errors import GraphUnsupported
from linewatch.compiler.graph.export import FRAMES
from linewatch.compiler.optional import is_installed, load
from linewatch.protos.bundle import FrameStack

MODULE = "tensorrt_rtx"
_COLOURS = 3
_SMALLEST = 64
_LARGEST = (2160, 3840)


@dataclass(frozen=True, kw_only=True)
class Extent:
    """The shapes [N, H, W, 3] of frames, or [N, T, H, W, 3] of stacks, that an engine takes; it is tuned for one."""

    least: tuple[int, ...]
    usual: tuple[int, ...]
    most: tuple[int, ...]

    @classmethod
    def around(cls, height: int, width: int, stack: FrameStack | None = None) -> "Extent":
        """One sample at a time, of mostly `height` x `width` pixels; anything from small pictures to 4K."""
        first = (1,) if stack is None else (1, stack.frames)
        return cls(
            least=(*first, min(_SMALLEST, height), min(_SMALLEST, width), _COLOURS),
            usual=(*first, height, width, _COLOURS),
            most=(*first, max(_LARGEST[0], height), max(_LARGEST[1], width), _COLOURS),
        )


def builder_label() -> str:
    """Name and version, for people and for the recipe."""
    return f"parsed and built by TensorRT-RTX {importlib.metadata.version(MODULE)}"


def try_to_build(graph: bytes, extent: Extent) -> bool:
    """Build an engine and throw it away, if TensorRT-RTX is installed; gives whether it is.

    Raises:
        GraphUnsupported: it does not take the graph; says why.
    """
    if not is_installed(MODULE):
        return False
    build_engine(graph, extent)
    return True


def build_engine(graph: bytes, extent: Extent) -> bytes:
    """The serialized engine of a graph.

    Raises:
        GraphUnsupported: TensorRT-RTX does not take the graph; says why.
        WrongUse: it is not installed.
    """
    rtx: Any = load(MODULE)
    logger = _quiet_logger(rtx)
    builder = rtx.Builder(logger)
    network = builder.create_network(1 << int(rtx.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = rtx.OnnxParser(network, logger)
    if not parser.parse(graph):
        faults = [_fault(graph, parser.get_error(index)) for index in range(parser.num_errors)]
        raise GraphUnsupported(f"TensorRT-RTX cannot read the graph: {'; '.join(faults)}")
    config, profile = builder.create_builder_config(), builder.create_optimization_profile()
    profile.set_shape(FRAMES, extent.least, extent.usual, extent.most)
    config.add_optimization_profile(profile)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise GraphUnsupported(
            f"TensorRT-RTX cannot build the graph: {'; '.join(logger.faults) or 'it does not say why'}"
        )
    return bytes(engine)


def _fault(graph: bytes, error: Any) -> str:  # noqa: ANN401
    """What the parser says of a node, which is known by what it gives."""
    nodes, place = onnx.load_from_string(graph).graph.node, int(error.node())
    outputs = nodes[place].output if 0 <= place < len(nodes) else ()
    return f"{error.node_operator()} '{', '.join(outputs)}': {error.desc()}"


_LOGGERS: dict[str, Any] = {}


def _quiet_logger(rtx: Any) -> Any:  # noqa: ANN401
    """Keeps errors and drops the rest. One for the process: the library takes no second."""
    if not _LOGGERS:

        class Logger(rtx.ILogger):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.faults: list[str] = []

            def log(self, severity: Any, message: str) -> None:  # noqa: ANN401
                if severity in (rtx.ILogger.Severity.ERROR, rtx.ILogger.Severity.INTERNAL_ERROR):
                    self.faults.append(message)

        _LOGGERS[MODULE] = Logger()
    logger = _LOGGERS[MODULE]
    logger.faults.clear()
    return logger
