import pytest

from linewatch.edge import optional
from linewatch.edge.errors import WrongUse


def test_a_missing_library_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(optional._PACKAGES, "libnowhere.so.9", "libnowhere9")
    with pytest.raises(WrongUse, match="apt-get install libnowhere9"):
        optional.load_library("libnowhere.so.9")
