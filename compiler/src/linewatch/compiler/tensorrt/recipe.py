"""The build recipe: how a device makes an engine of a bundle's graph, with TensorRT 10 or 11."""

from typing import Any

from linewatch.compiler.graph.export import FRAMES
from linewatch.compiler.tensorrt.builder import Extent

ENGINE = "model.plan"


def build_recipe(graph_path: str, extent: Extent) -> dict[str, Any]:
    """Plain values: the shapes of the one optimization profile, and the arguments of `trtexec` for each version.

    The network is strongly typed. TensorRT 11 knows no other and has no option for it; its precision options are gone.
    """
    shapes = {"min": extent.least, "opt": extent.usual, "max": extent.most}
    common = [
        "trtexec",
        f"--onnx={graph_path}",
        f"--saveEngine={ENGINE}",
        *(f"--{key}Shapes={FRAMES}:{'x'.join(map(str, shape))}" for key, shape in shapes.items()),
    ]
    return {
        "strongly_typed": True,
        "profiles": [{FRAMES: {key: list(shape) for key, shape in shapes.items()}}],
        "trtexec": {"10": [*common, "--stronglyTyped"], "11": common},
    }
