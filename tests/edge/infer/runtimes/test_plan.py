import pytest

from edge.infer.native_bundle import NATIVE, make_native_bundle
from edge.tiny_bundle import TARGET, make_bundle
from linewatch.edge.infer.runtimes.plan import Wish, plan
from linewatch.edge.infer.runtimes.port import RuntimeName
from linewatch.protos.bundle import Bundle
from linewatch.protos.bundle.errors import BundleError

ONNX, OPENVINO, TRT = RuntimeName.ONNXRUNTIME, RuntimeName.OPENVINO, RuntimeName.TENSORRT


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_native_bundle(tmp_path_factory.mktemp("both") / "b")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("plain") / "b")


@pytest.mark.parametrize(
    ("wish", "here", "expected"),
    [
        (Wish(), False, [(ONNX, TARGET)]),
        (Wish(), True, [(TRT, NATIVE), (ONNX, TARGET)]),
        (Wish(fastest=OPENVINO), True, [(TRT, NATIVE), (OPENVINO, TARGET), (ONNX, TARGET)]),
        (Wish(fastest=OPENVINO), False, [(OPENVINO, TARGET), (ONNX, TARGET)]),
        (Wish(runtime="onnxruntime", fastest=OPENVINO), True, [(ONNX, TARGET)]),
        (Wish(runtime="openvino"), True, [(OPENVINO, TARGET), (ONNX, TARGET)]),
        (Wish(runtime="tensorrt"), False, [(TRT, NATIVE), (ONNX, TARGET)]),
        (Wish(target=TARGET), True, [(ONNX, TARGET)]),
        (Wish(target=NATIVE), True, [(TRT, NATIVE), (ONNX, TARGET)]),
        (Wish(target=NATIVE), False, [(ONNX, TARGET)]),
        (Wish(target=NATIVE, runtime="onnxruntime"), True, [(ONNX, NATIVE)]),
    ],
)
def test_what_is_tried_and_in_which_order(
    both: Bundle, wish: Wish, here: bool, expected: list[tuple[RuntimeName, str]]
) -> None:
    made = plan(both, wish, tensorrt_here=here)
    assert [(one.runtime, one.target.name) for one in made.candidates] == expected
    assert not made.missed


def test_onnx_runtime_is_always_the_last_that_stands_in(both: Bundle, plain: Bundle) -> None:
    for bundle in (both, plain):
        for runtime in ("auto", "onnxruntime", "openvino", "tensorrt"):
            for here in (True, False):
                made = plan(bundle, Wish(runtime=runtime), tensorrt_here=here)
                assert made.candidates[-1].runtime is ONNX
                assert [one.runtime for one in made.candidates].count(ONNX) == 1


def test_a_bundle_without_the_target_says_what_to_do(plain: Bundle) -> None:
    made = plan(plain, Wish(runtime="tensorrt"), tensorrt_here=True)
    assert [one.runtime for one in made.candidates] == [ONNX]
    assert "compile it with --target tensorrt-int8" in made.missed
    with pytest.raises(BundleError, match="was not compiled for tensorrt-int8"):
        plan(plain, Wish(target=NATIVE), tensorrt_here=True)
