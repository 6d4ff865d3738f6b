"""A tiny bundle that is real: a small graph in ONNX that finds dark spots, with golden pictures of its own.

The map is `gain * (128 - grey) / 64`, averaged over cells of 32 x 32 pixels, and the score is its largest cell: a grey
picture of 128 scores 0, a black cell scores `2 * gain`.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from linewatch.protos.bundle import (
    CLASSES_PATH,
    Bundle,
    ClassBank,
    DefectClass,
    FrameStack,
    GoldenCheck,
    GoldenPicture,
    Lineage,
    Manifest,
    ScoreBand,
    Target,
    TargetClasses,
    TensorSpec,
    Threshold,
    bank_bytes,
    write_bundle,
)

UInt8Array = npt.NDArray[np.uint8]
TARGET = "onnx-cpu-int8"
CELL = 32
_GRAPH = "targets/onnx-cpu-int8/model.onnx"


def dark_spot_graph(gain: float = 1.0, size: tuple[int, int] | None = None) -> bytes:
    """The graph as ONNX; `size` fixes (height, width) of its input."""
    height, width = size or ("H", "W")
    nodes = [
        helper.make_node("Cast", ["frames"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels", "channel_axis"], ["grey"], keepdims=0),
        helper.make_node("Unsqueeze", ["grey", "one"], ["plane"]),
        helper.make_node("AveragePool", ["plane"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Sub", ["middle", "cells"], ["dark"]),
        helper.make_node("Mul", ["dark", "scale"], ["scaled"]),
        helper.make_node("Squeeze", ["scaled", "one"], ["map"]),
        helper.make_node("ReduceMax", ["map", "cell_axes"], ["score"], keepdims=0),
        helper.make_node("ReduceMean", ["pixels", "space_axes"], ["embedding"], keepdims=0),
    ]
    constants: dict[str, npt.NDArray[np.generic]] = {
        "channel_axis": np.array([3], np.int64),
        "one": np.array([1], np.int64),
        "cell_axes": np.array([1, 2], np.int64),
        "space_axes": np.array([1, 2], np.int64),
        "middle": np.array([128], np.float32),
        "scale": np.array([gain / 64], np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "dark-spots",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", height, width, 3])],
        [
            helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, ["N", "h", "w"]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 3]),
        ],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def dazzled_graph() -> bytes:
    """The same, but white frames have no score: it is no number."""
    model = onnx.load_from_string(dark_spot_graph())
    graph = model.graph
    next(node for node in graph.node if node.output[0] == "score").output[0] = "largest"
    graph.node.extend(
        [
            helper.make_node("ReduceMean", ["map", "cell_axes"], ["mean"], keepdims=0),
            helper.make_node("Add", ["mean", "limit"], ["room"]),
            helper.make_node("Sqrt", ["room"], ["root"]),
            helper.make_node("Mul", ["root", "zero"], ["nothing"]),
            helper.make_node("Add", ["largest", "nothing"], ["score"]),
        ]
    )
    for name, value in {"limit": 1.0, "zero": 0.0}.items():
        graph.initializer.append(onnx.numpy_helper.from_array(np.array([value], np.float32), name))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def change_graph(frames: int) -> bytes:
    """A graph of stacks uint8[N, T, H, W, 3]: the score is how much the last frame differs from the first, in 64ths."""
    nodes = [
        helper.make_node("Cast", ["frames"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["pixels", "last"], ["now"], axis=1),
        helper.make_node("Gather", ["pixels", "first"], ["before"], axis=1),
        helper.make_node("Sub", ["now", "before"], ["change"]),
        helper.make_node("Abs", ["change"], ["size"]),
        helper.make_node("ReduceMax", ["size", "axes"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "scale"], ["score"]),
    ]
    constants: dict[str, npt.NDArray[np.generic]] = {
        "last": np.array(frames - 1, np.int64),
        "first": np.array(0, np.int64),
        "axes": np.array([1, 2, 3], np.int64),
        "scale": np.array(1 / 64, np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "change",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", frames, "H", "W", 3])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def make_moving_bundle(folder: Path, stack: FrameStack) -> Bundle:
    """Write a bundle of `change_graph` to `folder`; its golden pictures hold their frames one below the other."""
    still, moved = [grey_frame()] * stack.frames, [*[grey_frame()] * (stack.frames - 1), grey_frame(spot=True)]
    files = {"golden/0.png": _png(np.concatenate(still)), "golden/1.png": _png(np.concatenate(moved))}
    plain = make_bundle(folder.with_name(f"{folder.name}-plain")).manifest
    target = plain.targets[0]
    frames = TensorSpec(name="frames", dtype="uint8", shape=(-1, stack.frames, -1, -1, 3))
    stacked = replace(target, inputs=(frames,), outputs=target.outputs[:1], score_cells=0)
    manifest = replace(plain, stack=stack, targets=(stacked,))
    return write_bundle(folder, manifest, {_GRAPH: change_graph(stack.frames), **files})


def grey_frame(spot: bool = False, *, height: int = 96, width: int = 128) -> UInt8Array:
    """A grey frame uint8[H, W, 3]; with `spot`, the cell at row 1, column 2 is black."""
    frame = np.full((height, width, 3), 128, np.uint8)
    if spot:
        frame[CELL : 2 * CELL, 2 * CELL : 3 * CELL] = 0
    return frame


def make_bundle(
    folder: Path,
    *,
    gain: float = 1.0,
    golden_error: float = 0.0,
    name: str = "tiny",
    site: str = "",
    release: int = 0,
    size: tuple[int, int] | None = None,
    graph: bytes | None = None,
    classes: Mapping[str, tuple[float, ...]] | None = None,
    score_cells: int = 1,
) -> Bundle:
    """Write a bundle to `folder`; `golden_error` is added to every expected score.

    The embedding is the mean colour; `classes` are prototypes of such colours by name. `score_cells` is what the
    manifest says, whatever the graph does.
    """
    frames = {"golden/0.png": grey_frame(), "golden/1.png": grey_frame(spot=True)}
    scores = {"golden/0.png": 0.0, "golden/1.png": 2.0 * gain}
    pictures = tuple(GoldenPicture(path=path, scores={TARGET: scores[path] + golden_error}) for path in frames)
    height, width = size or (-1, -1)
    target = Target(
        name=TARGET,
        graph_path=_GRAPH,
        inputs=(TensorSpec(name="frames", dtype="uint8", shape=(-1, height, width, 3)),),
        outputs=(
            TensorSpec(name="score", dtype="float32", shape=(-1,)),
            TensorSpec(name="map", dtype="float32", shape=(-1, -1, -1)),
            TensorSpec(name="embedding", dtype="float32", shape=(-1, 3)),
        ),
        threshold=Threshold(
            score=1.0,
            false_alarms_per_hour=1.0,
            frames_per_second=200.0,
            false_positive_rate_bound=0.01,
            confidence=0.95,
            normal_pictures=100,
        ),
        normal_scores=ScoreBand(low=0.0, median=0.1, high=0.5),
        score_cells=score_cells,
    )
    manifest = Manifest(
        name=name,
        site=site,
        release=release,
        targets=(target,),
        golden=GoldenCheck(score_tolerance=0.01, pictures=pictures),
        lineage=Lineage(dataset_digest="0" * 64, training_run="tiny"),
        frame_width=128,
        frame_height=96,
        defect_classes=tuple(classes or ()),
    )
    files = {path: _png(frame) for path, frame in frames.items()}
    if classes:
        files[CLASSES_PATH] = bank_bytes(colour_bank(classes))
    return write_bundle(folder, manifest, {_GRAPH: graph or dark_spot_graph(gain, size), **files})


def colour_bank(classes: Mapping[str, tuple[float, ...]]) -> ClassBank:
    """Classes that are told apart by the direction of the mean colour."""
    known = tuple(DefectClass(name=name, examples=1, prototype=colour) for name, colour in classes.items())
    return ClassBank(targets=(TargetClasses(target=TARGET, classes=known),), least_similarity=0.4, least_margin=0.05)


def _png(frame: UInt8Array) -> bytes:
    return cv2.imencode(".png", frame)[1].tobytes()
