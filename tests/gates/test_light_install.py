"""The gate shuts when it should: shown on this full environment, which is no light install."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "gates/light_install.py"


@pytest.fixture
def gate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("light_install", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_heavy_packages_shut_the_gate(gate: ModuleType) -> None:
    with pytest.raises(gate.GateError, match=r"torch, onnx, sqlalchemy, linewatch\.cloud"):
        gate.check_forbidden(Path(sys.executable))


def test_size_over_the_limit_shuts_the_gate_with_the_largest_first(
    gate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=60)
    site = next((environment / "lib").glob("python*/site-packages"))
    for name, size in (("small", 1_000), ("large", 3_000_000)):
        record = site / f"{name}-1.0.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (record / "RECORD").write_text(f"{name}.bin,,\n")
        (site / f"{name}.bin").write_bytes(bytes(size))
    python = environment / "bin/python"
    gate.check_size(python)
    monkeypatch.setattr(gate, "LIMIT_BYTES", 2_000_000)
    with pytest.raises(gate.GateError, match=r"3\.0 MB .*more than 2\.0 MB[^\n]*\n +3\.0 MB  large\n"):
        gate.check_size(python)


def test_a_module_that_warns_or_fails_shuts_the_gate(
    gate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=60)
    package = next((environment / "lib").glob("python*/site-packages")) / "sample"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "part.py").write_text("import warnings\n")
    monkeypatch.setattr(gate, "PACKAGES", ("sample",))
    gate.check_imports(environment / "bin/python")
    for body in ("import warnings\nwarnings.warn('old', DeprecationWarning)\n", "import no_such_module\n"):
        (package / "part.py").write_text(body)
        with pytest.raises(gate.GateError, match=r"importing sample\.part failed"):
            gate.check_imports(environment / "bin/python")


def test_a_failing_step_says_what_it_printed(gate: ModuleType) -> None:
    with pytest.raises(gate.GateError, match=r"(?s)trying ended with 3:.*the reason"):
        gate.step("trying", sys.executable, "-c", "import sys; print('the reason'); sys.exit(3)")
