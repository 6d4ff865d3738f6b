import shutil
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from edge.tiny_bundle import CELL, dark_spot_graph, grey_frame, make_bundle
from linewatch.edge.errors import BundleRefused, EdgeError, InferenceError
from linewatch.edge.infer.model import Model, load_model


def test_a_frame_gets_score_map_and_embedding(model: Model) -> None:
    verdict = model.judge(grey_frame(spot=True))
    assert verdict.score == pytest.approx(2.0)
    assert verdict.anomalous
    assert verdict.anomaly_map is not None
    assert verdict.anomaly_map.shape == (96 // CELL, 128 // CELL)
    assert np.argwhere(verdict.anomaly_map == verdict.anomaly_map.max()).tolist() == [[1, 2]]
    assert verdict.embedding is not None
    assert verdict.embedding.shape == (3,)
    assert verdict.bundle_digest == model.digest
    assert not model.judge(grey_frame()).anomalous


def test_a_score_at_the_threshold_is_anomalous(tmp_path: Path) -> None:
    make_bundle(tmp_path / "b", gain=0.5)
    verdict = load_model(tmp_path / "b").judge(grey_frame(spot=True))
    assert verdict.score == verdict.threshold == 1.0
    assert verdict.anomalous


def test_the_graph_sees_rgb(model: Model) -> None:
    frame = grey_frame()
    frame[..., 0] = 255
    verdict = model.judge(frame)
    assert verdict.embedding is not None
    assert verdict.embedding.tolist() == [255, 128, 128]


def test_a_graph_of_fixed_size_gets_frames_of_that_size(tmp_path: Path) -> None:
    make_bundle(tmp_path / "b", size=(96, 128))
    verdict = load_model(tmp_path / "b").judge(grey_frame(spot=True).repeat(2, axis=0).repeat(2, axis=1))
    assert verdict.score == pytest.approx(2.0, abs=0.05)


def test_the_defect_is_named_by_the_most_similar_class(tmp_path: Path) -> None:
    colours = {"rust": (0.9, 0.2, 0.0), "mould": (0.0, 0.9, 0.2), "ink": (0.0, 0.2, 0.9)}
    make_bundle(tmp_path / "b", classes=colours)
    model, frame = load_model(tmp_path / "b"), grey_frame()
    assert model.judge(frame).defect_class == ""
    frame[:] = (10, 200, 40)
    assert model.judge(frame).defect_class == "mould"


def test_a_link_to_a_bundle_is_followed(bundle_folder: Path, tmp_path: Path, model: Model) -> None:
    (tmp_path / "current").symlink_to(bundle_folder)
    assert load_model(tmp_path / "current").digest == model.digest


def test_a_frame_that_the_graph_cannot_take_is_an_error_of_its_own(model: Model) -> None:
    with pytest.raises(EdgeError):
        model.judge(np.zeros((96, 128, 4), np.uint8))
    assert model.judge(grey_frame()).score == 0


def test_a_score_that_is_no_number_is_not_taken_for_normal(tmp_path: Path) -> None:
    make_bundle(tmp_path / "b", graph=dark_spot_graph(float("nan")))
    with pytest.raises(InferenceError, match="nan"):
        load_model(tmp_path / "b").judge(grey_frame())


def test_a_changed_file_is_refused(bundle_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle_folder, copy)
    graph = copy / "targets/onnx-cpu-int8/model.onnx"
    data = bytearray(graph.read_bytes())
    data[len(data) // 2] ^= 1
    graph.write_bytes(data)
    with pytest.raises(BundleRefused, match=r"model\.onnx"):
        load_model(copy)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleRefused):
        load_model(tmp_path / "nothing")


def test_a_target_that_the_bundle_lacks_is_refused(bundle_folder: Path) -> None:
    with pytest.raises(BundleRefused, match="onnx-cpu-int8"):
        load_model(bundle_folder, "tensorrt-int8")


def _graph(input_name: str, output_name: str, dtype: int = TensorProto.UINT8) -> bytes:
    shape: list[str | int | None] = ["N", "H", "W", 3]
    graph = helper.make_graph(
        [helper.make_node("Identity", [input_name], [output_name])],
        "odd",
        [helper.make_tensor_value_info(input_name, dtype, shape)],
        [helper.make_tensor_value_info(output_name, dtype, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (b"not a graph", "does not load"),
        (_graph("frames", "scores"), "no 'score'"),
        (_graph("images", "score"), "one uint8 tensor 'frames'"),
        (_graph("frames", "score", TensorProto.FLOAT), "one uint8 tensor 'frames'"),
    ],
)
def test_a_graph_that_breaks_the_contract_is_refused(tmp_path: Path, graph: bytes, message: str) -> None:
    make_bundle(tmp_path / "b", graph=graph)
    with pytest.raises(BundleRefused, match=message):
        load_model(tmp_path / "b")
