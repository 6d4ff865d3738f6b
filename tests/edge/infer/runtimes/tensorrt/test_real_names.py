"""Every name that the adapter uses of TensorRT and CUDA exists, and takes as many arguments as it is given.

There is no GPU here to run it on. TensorRT-RTX has TensorRT's Python API, and installs without one.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import linewatch.edge.infer.runtimes.tensorrt as package
from linewatch.edge.infer.runtimes.tensorrt import gpu
from linewatch.edge.optional import is_installed

TENSORRT = "tensorrt_rtx"
SOURCES = sorted(Path(next(iter(package.__path__))).glob("*.py"))

TYPES = {
    "trt": "",
    "library": "",
    "builder": "Builder",
    "network": "INetworkDefinition",
    "parser": "OnnxParser",
    "config": "IBuilderConfig",
    "profile": "IOptimizationProfile",
    "learned": "ITimingCache",
    "get_error()": "ParserError",
    "engine": "ICudaEngine",
    "context": "IExecutionContext",
    "_engine": "ICudaEngine",
    "_context": "IExecutionContext",
    "_runtime": "Runtime",
    "_trt": "",
}
"""What variables and calls of the adapter are, by their names; "" is the module itself."""

CUDA_TYPES = {"cuda": "", "_cuda": "", "properties": "cudaDeviceProp"}


@dataclass(frozen=True)
class Use:
    """`owner.path` is used in a line of a file; called with `arguments`, or not called (None)."""

    where: str
    owner: str
    path: tuple[str, ...]
    arguments: int | None


def uses(owners: dict[str, str]) -> Iterator[Use]:
    for source in SOURCES:
        tree = ast.parse(source.read_text())
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        called = {id(node.func): len(node.args) + len(node.keywords) for node in calls}
        inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and id(node) not in inner:
                owner, path = _taken_apart(node, owners)
                if path:
                    yield Use(f"{source.name}:{node.lineno}", owner, path, called.get(id(node)))


def _taken_apart(node: ast.expr, owners: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        if node.attr in owners and isinstance(node.value, ast.Name) and node.value.id == "self":
            return node.attr, tuple(path)
        path.insert(0, node.attr)
        node = node.value
    name = node.id if isinstance(node, ast.Name) else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = f"{node.func.attr}()"
    return (name, tuple(path)) if name in owners else ("", ())


def check(module: Any, owners: dict[str, str], use: Use) -> str:  # noqa: ANN401
    """What is wrong with a use; empty where nothing is."""
    kind = owners[use.owner]
    held = getattr(module, kind) if kind else module
    if kind == "cudaDeviceProp":
        held = held()  # what its fields are, only an instance knows
    for part in use.path:
        if not hasattr(held, part):
            return f"{use.where}: {use.owner}.{'.'.join(use.path)} does not exist"
        held = getattr(held, part)
    allowed = signatures(held, use.path[-1])
    if use.arguments is not None and allowed and not any(least <= use.arguments <= most for least, most in allowed):
        return f"{use.where}: {use.path[-1]} takes {allowed} arguments, and is given {use.arguments}"
    return ""


def signatures(called: Any, name: str) -> list[tuple[int, int]]:  # noqa: ANN401
    """Least and most arguments of each overload, as the bindings document it."""
    if isinstance(called, type):
        called, name = vars(called).get("__init__"), "__init__"
    text = called.__doc__ or ""
    found = []
    for line in text.splitlines():
        match = re.match(rf"(?:\d+\. )?{name}\((.*)\)(?: -> .*)?$", line.strip())
        if match and "*args" not in line:
            plain = re.sub(r"<[^>]*>|\[[^\]]*\]", "", match.group(1))
            given = [one for one in plain.split(",") if one.strip() and not one.strip().startswith("self:")]
            found.append((sum("=" not in one for one in given), len(given)))
    return found


@pytest.mark.skipif(not is_installed(TENSORRT), reason="TensorRT-RTX is not installed: pip install tensorrt_rtx")
def test_tensorrt_has_what_is_used() -> None:
    trt = importlib.import_module(TENSORRT)
    found = list(uses(TYPES))
    assert {"parse", "build_serialized_network", "set_timing_cache", "execute_async_v3", "set_tensor_address"} <= {
        use.path[-1] for use in found
    }
    assert [fault for use in found if (fault := check(trt, TYPES, use))] == []


@pytest.mark.skipif(not is_installed(gpu.MODULE), reason="no CUDA bindings: pip install 'linewatch-edge[tensorrt]'")
def test_cuda_has_what_is_used() -> None:
    cuda = importlib.import_module(gpu.MODULE)
    found = list(uses(CUDA_TYPES))
    named = {part for use in found for part in use.path}
    assert {"cudaMalloc", "cudaMemcpyAsync", "cudaStreamSynchronize", "uuid"} <= named
    assert [fault for use in found if (fault := check(cuda, CUDA_TYPES, use))] == []


@pytest.mark.skipif(not is_installed(TENSORRT), reason="TensorRT-RTX is not installed: pip install tensorrt_rtx")
def test_a_wrong_name_and_a_wrong_number_of_arguments_are_seen() -> None:
    trt = importlib.import_module(TENSORRT)
    assert "does not exist" in check(trt, TYPES, Use("x", "engine", ("get_binding_shape",), 1))
    assert "takes [(2, 2)" in check(trt, TYPES, Use("x", "context", ("set_tensor_address",), 3))
    assert check(trt, TYPES, Use("x", "context", ("set_tensor_address",), 2)) == ""
