"""The port that every runtime serves: frames in; score, map and embedding out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import BundleRefused
from linewatch.edge.infer.verdict import FloatArray

INPUT = "frames"
OUTPUTS = ("score", "map", "embedding")
_COLOURS = 3


class RuntimeName(StrEnum):
    """What can run a graph, as `[inference]` names it."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"
    TENSORRT = "tensorrt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outputs:
    """What a graph says of N frames: score float32[N], map float32[N, h, w], embedding float32[N, D]."""

    score: FloatArray
    map: FloatArray | None
    embedding: FloatArray | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeOptions:
    """How a runtime uses the processor and its memory. TensorRT takes no notice of it.

    Attributes:
        workers: calls that may be made at once.
        threads: threads inside one call.
        arena: keep freed tensors in a pool that only grows, in place of giving them back.
        memory_pattern: plan the tensors of a known shape of input as one block.
        spinning: let the threads inside a call wait busily for each other.
    """

    workers: int = 1
    threads: int = 1
    arena: bool = True
    memory_pattern: bool = True
    spinning: bool = False


class Session(Protocol):
    """One graph, loaded. May be called from several threads at once."""

    @property
    def frame_size(self) -> tuple[int | None, int | None]:
        """Height and width in pixels that the graph is made for; None where any will do."""

    @property
    def largest_batch(self) -> int | None:
        """Most frames at once; None where any number will do."""

    def run(self, frames: UInt8Array) -> Outputs:
        """Judge frames uint8[N, H, W, 3], or stacks uint8[N, T, H, W, 3], whichever the graph takes.

        Raises:
            InferenceError: the runtime failed on these frames.
        """


def check_input(names: Sequence[str], types: Sequence[str], shape: Sequence[int | None]) -> None:
    """Check that a graph takes what the contract says; None is a dimension that is free.

    Raises:
        BundleRefused: it takes something else; says what.
    """
    if list(names) != [INPUT] or list(types) != ["uint8"]:
        said = ", ".join(f"{name}: {type_}" for name, type_ in zip(names, types, strict=True))
        raise BundleRefused(f"the graph takes ({said}) instead of one uint8 tensor '{INPUT}'")
    if len(shape) not in (4, 5) or shape[-1] != _COLOURS:
        raise BundleRefused(f"'{INPUT}' is {list(shape)} instead of [N, H, W, 3] or [N, T, H, W, 3]")


def check_outputs(offered: Sequence[str]) -> list[str]:
    """The outputs of the contract that a graph gives, in its order.

    Raises:
        BundleRefused: there is no score.
    """
    if "score" not in offered:
        raise BundleRefused(f"the graph gives {sorted(offered)} and no 'score'")
    return [name for name in OUTPUTS if name in offered]
