"""Proves that a target's graph scores alike wherever the compiler can run it, and that its target will take it."""

from collections.abc import Sequence
from dataclasses import dataclass

from linewatch.compiler.errors import GoldenFailed, GraphUnsupported
from linewatch.compiler.prove.golden import check_golden
from linewatch.compiler.prove.runtimes.runtime import RUNTIMES
from linewatch.compiler.target import Flavour, TargetKind
from linewatch.compiler.teacher import FloatArray, UInt8Array
from linewatch.compiler.tensorrt.builder import Extent, builder_label, try_to_build
from linewatch.compiler.tensorrt.rules import check_rules
from linewatch.protos.bundle import FrameStack

RULES_CHECK = "TensorRT's documented operators and quantization rules"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What one target showed.

    `scores` float32[N] of the golden pictures, `spread` the largest difference between two runtimes, `runtimes` those
    that scored alike, `checks` what else the graph passed, `absent` what would have taken part if it were installed.
    """

    scores: FloatArray
    spread: float
    runtimes: tuple[str, ...]
    checks: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def prove_target(
    kind: TargetKind,
    graph: bytes,
    pictures: Sequence[UInt8Array],
    frame: tuple[int, int],
    stack: FrameStack | None = None,
) -> Proof:
    """Check a graph, and score the golden pictures in each runtime; `frame` is (height, width) in pixels, `stack`
    what is judged at once.

    Raises:
        GoldenFailed: the runtimes differ by more than the tolerance; names the target.
        GraphUnsupported: the target's runtime cannot run the graph; names target and node.
    """
    try:
        checks, unchecked = _checks(kind, graph, Extent.around(*frame, stack))
        known = RUNTIMES[kind.flavour]
        runs = {one.label: one.score(graph, pictures[: one.pictures]) for one in known if one.installed}
        spread = check_golden(runs)
    except (GoldenFailed, GraphUnsupported) as error:
        raise type(error)(f"{kind.name}: {error}") from error
    return Proof(
        scores=next(iter(runs.values())),
        spread=spread,
        runtimes=tuple(runs),
        checks=checks,
        absent=(*(one.name for one in known if not one.installed), *unchecked),
    )


def _checks(kind: TargetKind, graph: bytes, extent: Extent) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a graph for TensorRT passed, and what could not be tried."""
    if kind.flavour is Flavour.CPU_INT8:
        return (), ()
    check_rules(graph)
    built = try_to_build(graph, extent)
    return ((RULES_CHECK, builder_label()), ()) if built else ((RULES_CHECK,), ("TensorRT-RTX",))
