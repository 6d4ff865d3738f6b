"""Has a graph cut its region of interest out of the camera's frame, before anything else.

Everything behind is what it was: students learn from frames that were cut already, and a whole frame then scores as its
region did.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from linewatch.compiler.graph.export import FRAMES
from linewatch.compiler.teacher import UInt8Array
from linewatch.protos.bundle.region import STEPS, RegionOfInterest

_REGION = "region"


def cut_out_region(model: onnx.ModelProto, region: RegionOfInterest) -> None:
    """Let a graph of frames uint8[N, H, W, 3], or of stacks of them, look at their region alone.

    The edges are computed in the graph from the frame's size, as `RegionOfInterest.pixels` does, in 32-bit integers.
    """
    source, place = _frames(model)
    for node in list(model.graph.node)[place:]:
        for index, name in enumerate(node.input):
            if name == source:
                node.input[index] = _REGION
    first, last = np.transpose(region.steps)  # each of rows and columns
    rank = len(model.graph.input[0].type.tensor_type.shape.dim)
    axes = np.array([rank - 3, rank - 2])
    written = [
        helper.make_node("Shape", [source], ["region_frame"]),
        helper.make_node("Cast", ["region_frame"], ["region_shape"], to=TensorProto.INT32),
        helper.make_node("Gather", ["region_shape", _constant(model, "axes", axes)], ["region_sides"], axis=0),
        *_edges(model, "first", first),
        *_edges(model, "last", last),
        helper.make_node("Slice", [source, "region_first", "region_last", "region_axes"], [_REGION]),
    ]
    for node in reversed(written):
        model.graph.node.insert(place, node)
    onnx.checker.check_model(model, full_check=True)


def frames_around(pictures: Sequence[UInt8Array], region: RegionOfInterest | None) -> list[UInt8Array]:
    """Frames, or stacks, black but for their region, which holds the pictures uint8[..., H, W, 3] pixel by pixel."""
    return list(pictures) if region is None else [_frame_around(picture, region) for picture in pictures]


def _frame_around(picture: UInt8Array, region: RegionOfInterest) -> UInt8Array:
    height, width = region.frame_around(*picture.shape[-3:-1])
    frame = np.zeros((*picture.shape[:-3], height, width, 3), np.uint8)
    frame[(..., *region.pixels(height, width), slice(None))] = picture
    return frame


def _frames(model: onnx.ModelProto) -> tuple[str, int]:
    """What holds the frames, and the first node that may use it: runtimes that take bytes at the border of the graph
    alone have them cast to floating point.
    """
    for index, node in enumerate(model.graph.node):
        if node.op_type == "Cast" and list(node.input) == [FRAMES]:
            return node.output[0], index + 1
    return FRAMES, 0


def _edges(model: onnx.ModelProto, name: str, steps: npt.NDArray[np.int_]) -> list[onnx.NodeProto]:
    """`steps` of the sides, rounded to the nearest pixel."""
    share, half, whole = (
        _constant(model, f"{name}_steps", steps),
        _constant(model, "half_step", np.array(STEPS // 2)),
        _constant(model, "all_steps", np.array(STEPS)),
    )
    return [
        helper.make_node("Mul", ["region_sides", share], [f"region_{name}_scaled"]),
        helper.make_node("Add", [f"region_{name}_scaled", half], [f"region_{name}_raised"]),
        helper.make_node("Div", [f"region_{name}_raised", whole], [f"region_{name}"]),
    ]


def _constant(model: onnx.ModelProto, name: str, value: npt.NDArray[np.int_]) -> str:
    name = f"region_{name}"
    if all(constant.name != name for constant in model.graph.initializer):
        model.graph.initializer.append(numpy_helper.from_array(value.astype(np.int32), name))
    return name
