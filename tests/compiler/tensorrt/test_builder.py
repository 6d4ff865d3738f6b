from collections.abc import Mapping

import onnx
import pytest

from linewatch.compiler.errors import GraphUnsupported
from linewatch.compiler.optional import is_installed
from linewatch.compiler.target import ONNX_CPU_INT8, TENSORRT_FP16, TENSORRT_INT8
from linewatch.compiler.tensorrt.builder import MODULE, Extent, build_engine, builder_label, try_to_build

pytestmark = pytest.mark.skipif(not is_installed(MODULE), reason="TensorRT-RTX is not installed")

EXTENT = Extent.around(90, 120)


@pytest.mark.parametrize("target", [TENSORRT_INT8, TENSORRT_FP16])
def test_it_builds_what_the_compiler_makes(graphs: Mapping[str, bytes], target: str) -> None:
    assert len(build_engine(graphs[target], EXTENT)) > 100_000
    assert try_to_build(graphs[target], EXTENT)
    assert builder_label().startswith("parsed and built by TensorRT-RTX 1.")


def test_the_flavour_for_processors_is_refused_and_the_node_named(graphs: Mapping[str, bytes]) -> None:
    model = onnx.load_from_string(graphs[ONNX_CPU_INT8])
    gather = next(node for node in model.graph.node if node.op_type == "Gather" and node.input[0] == "frames")
    with pytest.raises(GraphUnsupported, match=f"cannot read the graph: Gather '{gather.output[0]}'.*UINT8"):
        build_engine(graphs[ONNX_CPU_INT8], EXTENT)


def test_the_extent_holds_the_frames_and_the_golden_pictures() -> None:
    for height, width in ((90, 120), (2160, 3840), (5000, 4000), (32, 32)):
        extent = Extent.around(height, width)
        assert extent.usual == (1, height, width, 3)
        for least, usual, most in zip(extent.least, extent.usual, extent.most, strict=True):
            assert least <= usual <= most
