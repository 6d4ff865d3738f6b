"""The committed stub of the extension says what the extension is."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

STUB = Path(__file__).parents[2] / "native/src/linewatch/native/_kernels.pyi"


def test_stub_is_the_generated_one(tmp_path: Path) -> None:
    generated = tmp_path / "_kernels.pyi"
    command = [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", "linewatch.native._kernels", "-o"]
    subprocess.run([*command, str(generated)], check=True, timeout=60)
    assert ast.dump(ast.parse(STUB.read_text("utf-8"))) == ast.dump(ast.parse(generated.read_text("utf-8"))), (
        f"run: {' '.join(command)} {STUB}, then ruff format"
    )
