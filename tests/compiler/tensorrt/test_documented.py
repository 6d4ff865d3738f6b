"""The lines of docs/targets.md that build an engine, with the bindings that can be installed here."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from linewatch.compiler.optional import is_installed
from linewatch.compiler.target import TENSORRT_INT8
from linewatch.compiler.tensorrt.builder import MODULE, Extent
from linewatch.compiler.tensorrt.recipe import build_recipe

GUIDE = Path(__file__).parents[3] / "docs" / "targets.md"


@pytest.mark.skipif(not is_installed(MODULE), reason="TensorRT-RTX is not installed")
def test_the_documented_lines_build_an_engine(graphs: Mapping[str, bytes], tmp_path: Path) -> None:
    place = f"targets/{TENSORRT_INT8}/model.onnx"
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_bytes(graphs[TENSORRT_INT8])
    recipe = {"targets": {TENSORRT_INT8: {"tensorrt": build_recipe(place, Extent.around(90, 120))}}}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    (lines,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(lines.replace("import tensorrt as trt", f"import {MODULE} as trt"), names)
    build = names["build"]
    assert callable(build)
    assert len(build(tmp_path, TENSORRT_INT8)) > 100_000


def test_the_documented_command_is_the_recipe() -> None:
    text = " ".join(GUIDE.read_text().replace("\\\n", " ").split())
    command = build_recipe(f"targets/{TENSORRT_INT8}/model.onnx", Extent.around(380, 550))["trtexec"]["10"]
    assert " ".join(command) in text
