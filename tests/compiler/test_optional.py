import pytest

from linewatch.compiler import optional
from linewatch.compiler.errors import WrongUse


def test_what_is_missing_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(optional.EXTRAS, "no_such_module", "some-extra")
    assert not optional.is_installed("no_such_module")
    with pytest.raises(WrongUse, match=r"pip install 'linewatch-compiler\[some-extra\]'"):
        optional.load("no_such_module")


def test_what_is_there_is_loaded() -> None:
    assert optional.is_installed("json")
    assert optional.load("json").loads("1") == 1
