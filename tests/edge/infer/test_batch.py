"""Frames of several cameras judged at once: each gets its own verdict, and costs no other."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from edge.tiny_bundle import grey_frame, make_bundle, make_moving_bundle
from linewatch.edge.capture.frame import Frame, UInt8Array
from linewatch.edge.capture.picture import Picture, Pixels
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.errors import InferenceError
from linewatch.edge.infer.batch import judge_together
from linewatch.edge.infer.model import Model, load_model
from linewatch.edge.infer.verdict import Judged, Unjudged
from linewatch.edge.ring.lane import Item, Mark
from linewatch.edge.ring.lost import Lost
from linewatch.protos.bundle import FrameStack

KINDS = st.lists(st.sampled_from(["plain", "spot", "wide", "broken", "lost", "end"]), min_size=1, max_size=8)


def frame(pixels: Pixels, number: int, before: tuple[UInt8Array, ...] = ()) -> Frame:
    return Frame(f"c{number % 3}", number, pixels, 0, 0.0, before, part=number + 1)


def item(kind: str, number: int) -> Item:
    if kind == "lost":
        return Lost.frame(number + 1)
    if kind == "end":
        return Mark.STREAM_ENDED
    shown: dict[str, Pixels] = {
        "plain": grey_frame(),
        "spot": grey_frame(spot=True),
        "wide": grey_frame(spot=True, width=160),
        "broken": Picture(PixelForm.RGB8, (np.zeros((96, 128, 4), np.uint8),)),
    }
    return frame(shown[kind], number)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(KINDS)
def test_each_item_gets_its_own_result_in_its_place(model: Model, kinds: list[str]) -> None:
    items = [item(kind, number) for number, kind in enumerate(kinds)]
    for kind, one, result in zip(kinds, items, judge_together(model, items), strict=True):
        if kind in ("lost", "end"):
            assert result is one
        elif kind == "broken":
            assert isinstance(one, Frame)
            assert isinstance(result, Unjudged)
            assert isinstance(result.error, InferenceError)
            assert result.part == one.part
        else:
            assert isinstance(result, Judged)
            assert result.frame is one
            alone = model.judge(result.frame.picture.rgb())
            assert result.verdict.score == pytest.approx(alone.score)
            assert np.allclose(result.verdict.anomaly_map, alone.anomaly_map)  # type: ignore[arg-type]
            assert result.verdict.anomalous == (kind in ("spot", "wide"))


def test_frames_of_one_shape_are_judged_in_one_call(model: Model) -> None:
    fresh = load_model(model.bundle.folder)
    judge_together(fresh, [item("plain", 0), item("wide", 1), item("spot", 2), Mark.STREAM_ENDED, item("plain", 3)])
    assert fresh.pace.expected_s(3) is not None
    assert fresh.largest_batch is None


def _only_single_frames() -> bytes:
    """A graph whose first dimension is fixed: the score is the largest value, in 64ths below 128."""
    nodes = [
        helper.make_node("Cast", ["frames"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["pixels"], ["most"], keepdims=0),
        helper.make_node("Reshape", ["most", "one"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "single",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, [1, "H", "W", 3])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [1])],
        [helper.make_tensor("one", TensorProto.INT64, [1], [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return bytes(model.SerializeToString())


def test_a_graph_of_single_frames_is_given_single_frames(tmp_path: Path) -> None:
    model = load_model(make_bundle(tmp_path / "b", graph=_only_single_frames()).folder)
    assert model.largest_batch == 1
    results = judge_together(model, [item("plain", 0), item("spot", 1)])
    assert [one.verdict.score for one in results if isinstance(one, Judged)] == [128, 128]


def test_stacks_are_judged_together_and_the_early_ones_marked(tmp_path: Path) -> None:
    model = load_model(make_moving_bundle(tmp_path / "b", FrameStack(frames=3, step=1)).folder)
    still, spot = grey_frame(), grey_frame(spot=True)
    items = [frame(still, 0, (still,)), frame(spot, 1, (still, still)), frame(still, 2, (still, still))]
    early, moved, calm = judge_together(model, items)
    assert early == Unjudged(part=1)
    assert isinstance(moved, Judged)
    assert isinstance(calm, Judged)
    assert moved.verdict.anomalous
    assert not calm.verdict.anomalous


def _picky_graph() -> bytes:
    """A graph that looks its score up in a table with the brightest value as the place: above 200 there is none."""
    nodes = [
        helper.make_node("Cast", ["frames"], ["pixels"], to=TensorProto.INT32),
        helper.make_node("ReduceMax", ["pixels", "axes"], ["most"], keepdims=0),
        helper.make_node("Gather", ["table", "most"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "picky",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"])],
        [
            helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
            helper.make_tensor("table", TensorProto.FLOAT, [201], [place / 100 for place in range(201)]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return bytes(model.SerializeToString())


def test_a_batch_that_fails_costs_only_the_frame_that_makes_it_fail(tmp_path: Path) -> None:
    model = load_model(make_bundle(tmp_path / "b", graph=_picky_graph()).folder)
    results = judge_together(model, [frame(np.full((64, 64, 3), level, np.uint8), 0) for level in (50, 255, 150)])
    assert isinstance(results[1], Unjudged)
    assert isinstance(results[1].error, InferenceError)
    assert [round(one.verdict.score, 4) for one in results if isinstance(one, Judged)] == [0.5, 1.5]
