"""The rig on a laptop: what needs no GPU passes, and what does says so."""

import json
from pathlib import Path

import pytest
from hil.engine_rig import main

from edge.infer.native_bundle import make_native_bundle
from linewatch.edge.optional import is_installed


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_native_bundle(tmp_path_factory.mktemp("rig") / "b").folder


def outcomes_of(bundle: Path, runtime: str, file: Path) -> tuple[int, dict[str, tuple[bool | None, str]]]:
    code = main([str(bundle), "--runtime", runtime, "--json", str(file)])
    return code, {one["step"]: (one["passed"], one["seen"]) for one in json.loads(file.read_text())}


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_runtimes_on_the_processor_pass(
    bundle: Path, tmp_path: Path, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_installed(runtime):
        pytest.skip(f"{runtime} is not installed")
    monkeypatch.chdir(Path(__file__).parents[2])
    code, found = outcomes_of(bundle, runtime, tmp_path / "rig.json")
    assert code == 0
    assert found["first start"] == (True, f"{runtime} serves at once")
    assert found["golden check"][0]
    assert found["second start"][0] is found["damaged engine"][0] is None
    assert "ms a frame" in found["batches"][1]
    passed, seen = found["no GPU"]
    assert passed
    assert seen.startswith("onnxruntime stands in with onnx-cpu-int8 and its threshold: tensorrt: ")


@pytest.mark.skipif(is_installed("tensorrt"), reason="TensorRT is installed here")
def test_a_laptop_without_tensorrt_fails_and_says_what_is_missing(bundle: Path, tmp_path: Path) -> None:
    code, found = outcomes_of(bundle, "tensorrt", tmp_path / "rig.json")
    assert code == 1
    passed, seen = found["first start"]
    assert passed is False
    assert "TensorRT is not installed" in seen
