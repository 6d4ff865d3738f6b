from linewatch.compiler.tensorrt.builder import Extent
from linewatch.compiler.tensorrt.recipe import build_recipe


def test_both_versions_get_their_command() -> None:
    recipe = build_recipe("targets/tensorrt-int8/model.onnx", Extent.around(380, 550))
    ten, eleven = recipe["trtexec"]["10"], recipe["trtexec"]["11"]
    assert eleven == [
        "trtexec",
        "--onnx=targets/tensorrt-int8/model.onnx",
        "--saveEngine=model.plan",
        "--minShapes=frames:1x64x64x3",
        "--optShapes=frames:1x380x550x3",
        "--maxShapes=frames:1x2160x3840x3",
    ]
    assert set(ten) - set(eleven) == {"--stronglyTyped"}
    assert recipe["profiles"] == [
        {"frames": {"min": [1, 64, 64, 3], "opt": [1, 380, 550, 3], "max": [1, 2160, 3840, 3]}}
    ]
