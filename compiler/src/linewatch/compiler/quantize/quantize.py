"""The FP32 graph in the flavour of a target, with what is normal learned again from it."""

from collections.abc import Callable, Collection, Mapping, Sequence

import onnx

from linewatch.compiler.graph.constants import FACTOR, HALVES, MEAN, TYPICAL
from linewatch.compiler.graph.export import THRESHOLD
from linewatch.compiler.graph.names import shorten_names
from linewatch.compiler.graph.writer import PRODUCER
from linewatch.compiler.quantize.calibrate import Ranges
from linewatch.compiler.quantize.cpu import for_cpu
from linewatch.compiler.quantize.half import in_half
from linewatch.compiler.quantize.layers import nodes_of
from linewatch.compiler.quantize.refit import refit_normality
from linewatch.compiler.quantize.storage import store_in_bytes, store_in_halves, store_triangles_in_bytes
from linewatch.compiler.quantize.tensorrt import for_tensorrt
from linewatch.compiler.target import Flavour, TargetKind
from linewatch.compiler.teacher import UInt8Array

_MAKERS: Mapping[Flavour, Callable[[onnx.ModelProto, Ranges, Collection[str]], onnx.ModelProto]] = {
    Flavour.CPU_INT8: for_cpu,
    Flavour.TENSORRT_INT8: for_tensorrt,
    Flavour.TENSORRT_FP16: in_half,
}


def quantize(
    model: onnx.ModelProto,
    kind: TargetKind,
    ranges: Ranges,
    good: Sequence[UInt8Array],
    floating: Collection[str] = (),
) -> onnx.ModelProto:
    """Make a target's graph, and learn what is normal to its trunk.

    Args:
        model: the FP32 graph that `export` wrote; stays as it is.
        kind: the target.
        ranges: what `calibrate` found.
        good: RGB uint8[H, W, 3] pictures that show what is normal.
        floating: layers that stay in floating point, by their names in `quantized_layers`.

    Raises:
        WrongUse: there is no such layer in this flavour.
    """
    made = _MAKERS[kind.flavour](model, ranges, nodes_of(model, kind.flavour, floating))
    constants = {constant.name for constant in made.graph.initializer}
    if MEAN in constants:
        refit_normality(made, good, optimised=kind.native)
    if kind.flavour is Flavour.CPU_INT8:
        _store_small(made, constants)
        shorten_names(made, kept=(THRESHOLD,))
    _clean(made)
    onnx.checker.check_model(made, full_check=True)
    return made


def _store_small(model: onnx.ModelProto, constants: set[str]) -> None:
    """Keep the constants of the scoring in few bits; TensorRT takes no bytes but those of its quantizers."""
    if TYPICAL in constants:
        store_in_bytes(model, TYPICAL, over=(1,))
    if MEAN in constants:
        store_in_bytes(model, MEAN, over=(0, 1))
        store_triangles_in_bytes(model, FACTOR)
    for name in HALVES:
        if name in constants:
            store_in_halves(model, name)


def _clean(model: onnx.ModelProto) -> None:
    """Leave nothing in the file that only the tools care about; a node is known by its output."""
    model.producer_name, model.producer_version = PRODUCER, ""
    del model.metadata_props[:]
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.name = node.doc_string = ""
        del node.metadata_props[:]
