"""Finds weights inside installed packages and loads them only when they are the ones that were reviewed."""

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from linewatch.compiler.errors import CompilerError, WrongUse


def packaged_file(package: str, relative: str, install: str) -> Path:
    """The file `relative` inside the installed `package`, which is found but not run.

    Raises:
        WrongUse: the package is not installed, or has no such file; names the command `install`.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / relative
        if path.is_file():
            return path
    raise WrongUse(f"the package {package} with the weights is not installed: run `{install}`")


def load_verified(path: Path, sha256: str) -> Mapping[str, Tensor]:
    """The tensors of the PyTorch file `path`; only tensors are read, no code is run.

    Raises:
        CompilerError: the file is not the reviewed one, or cannot be read.
    """
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CompilerError(f"the weights {path} cannot be read ({error}): install their package again") from error
    if found != sha256:
        raise CompilerError(
            f"the weights {path} have SHA-256 {found}, not {sha256}: install their package again, "
            f"in the version that Linewatch asks for"
        )
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    assert isinstance(tensors, dict)
    return tensors


def digest_of(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over the names and values of `tensors`, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        total.update(name.encode() + b"\0")
        total.update(tensors[name].detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()
