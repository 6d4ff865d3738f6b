"""Constants in few bits are nearly what they were, once a runtime has read them."""

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from linewatch.compiler.graph.runtime import open_session
from linewatch.compiler.quantize.storage import store_in_bytes, store_in_halves, store_triangles_in_bytes

Store = Callable[[onnx.ModelProto], None]


def read(value: np.ndarray, store: Store) -> np.ndarray:
    """A constant, stored and read again by a graph that adds it to nothing."""
    nodes = [helper.make_node("Add", ["x", "big"], ["y"])]
    borders = [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "one", borders[:1], borders[1:], [numpy_helper.from_array(value, "big")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    store(model)
    onnx.checker.check_model(model, full_check=True)
    (found,) = open_session(model.SerializeToString()).run(None, {"x": np.zeros_like(value)})
    return np.asarray(found)


@settings(max_examples=20)
@given(side=st.integers(1, 12), regions=st.integers(1, 4), seed=st.integers(0, 99))
def test_triangles_come_back_with_zeros_above_the_diagonal(side: int, regions: int, seed: int) -> None:
    value = np.tril(np.random.default_rng(seed).standard_normal((regions, side, side))).astype(np.float32)
    found = read(value, lambda model: store_triangles_in_bytes(model, "big"))
    # No scale is smaller than half precision holds with all its bits.
    step = np.maximum(np.abs(value).max(axis=2, keepdims=True) / 127, np.finfo(np.float16).tiny)
    assert (np.abs(found - value) <= 0.57 * step).all()
    assert not np.triu(found, 1).any()


@pytest.mark.parametrize("over", [(0,), (0, 1), (2,)])
def test_bytes_are_within_half_a_step(over: tuple[int, ...]) -> None:
    value = np.random.default_rng(0).standard_normal((3, 4, 5)).astype(np.float32)
    found = read(value, lambda model: store_in_bytes(model, "big", over))
    step = np.abs(value).max(axis=over, keepdims=True) / 127
    assert (np.abs(found - value) <= 0.57 * step).all()


def test_halves_have_eleven_bits() -> None:
    value = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    np.testing.assert_allclose(read(value, lambda model: store_in_halves(model, "big")), value, rtol=2**-11)
