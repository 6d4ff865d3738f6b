"""What tests of several layers share: a real bundle, tiny."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings

from linewatch.protos.bundle import (
    GoldenCheck,
    GoldenPicture,
    Lineage,
    Manifest,
    ScoreBand,
    Target,
    TensorSpec,
    Threshold,
    write_bundle,
)

TARGET = "onnx-cpu-int8"
GRAPH = f"targets/{TARGET}/model.onnx"
SIDE = 16

BundleMaker = Callable[..., Path]

settings.register_profile("linewatch", deadline=None)  # how long an example takes says what else the machine does
settings.load_profile("linewatch")


@pytest.fixture
def make_bundle(tmp_path: Path) -> BundleMaker:
    """`make_bundle(folder_name, name=..., bright=..., golden_error=...)` writes a bundle that runs.

    Its graph calls a frame anomalous when its mean pixel is at least `bright`; `golden_error` is added to the
    expected golden scores, so that the golden check fails where it is larger than 0.01.
    """

    def make(
        folder: str = "bundle", *, name: str = "washers", bright: float = 200.0, golden_error: float = 0.0
    ) -> Path:
        pictures = [_picture(seed) for seed in range(2)]
        golden = tuple(
            GoldenPicture(path=f"golden/{index}.png", scores={TARGET: float(picture.mean() / bright) + golden_error})
            for index, picture in enumerate(pictures)
        )
        files = {f"golden/{index}.png": _png(picture) for index, picture in enumerate(pictures)}
        files |= {GRAPH: _graph(bright), "recipe.json": b"{}"}
        write_bundle(tmp_path / folder, _manifest(name, golden), files)
        return tmp_path / folder

    return make


def _picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def _png(picture: np.ndarray) -> bytes:
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()


def _graph(bright: float) -> bytes:
    from onnx import NodeProto, TensorProto, checker, helper  # slow, and few tests need it

    def mean(output: str) -> NodeProto:
        return helper.make_node("ReduceMean", ["scaled", output + "_axes"], [output], keepdims=0)

    axes = {"score": [1, 2, 3], "map": [3], "embedding": [1, 2]}
    nodes = [
        helper.make_node("Cast", ["frames"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "bright"], ["scaled"]),
        *(mean(output) for output in axes),
    ]
    constants = [helper.make_tensor("bright", TensorProto.FLOAT, [], [bright])] + [
        helper.make_tensor(f"{output}_axes", TensorProto.INT64, [len(sides)], sides) for output, sides in axes.items()
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3])],
        [
            helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, ["N", "H", "W"]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 3]),
        ],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _manifest(name: str, golden: tuple[GoldenPicture, ...]) -> Manifest:
    threshold = Threshold(
        score=1.0,
        false_alarms_per_hour=1.0,
        frames_per_second=200.0,
        false_positive_rate_bound=0.01,
        confidence=0.95,
        normal_pictures=40,
    )
    target = Target(
        name=TARGET,
        graph_path=GRAPH,
        inputs=(TensorSpec(name="frames", dtype="uint8", shape=(-1, -1, -1, 3)),),
        outputs=(
            TensorSpec(name="score", dtype="float32", shape=(-1,)),
            TensorSpec(name="map", dtype="float32", shape=(-1, -1, -1)),
            TensorSpec(name="embedding", dtype="float32", shape=(-1, 3)),
        ),
        threshold=threshold,
        normal_scores=ScoreBand(low=0.1, median=0.6, high=0.9),
    )
    return Manifest(
        name=name,
        targets=(target,),
        golden=GoldenCheck(score_tolerance=0.01, pictures=golden),
        lineage=Lineage(dataset_digest="0" * 64, training_run="test"),
        frame_width=SIDE,
        frame_height=SIDE,
    )
