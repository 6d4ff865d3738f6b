"""The library itself, as it may be missing."""

import ctypes

import pytest

from linewatch.edge import optional
from linewatch.edge.capture.gige.aravis import Aravis
from linewatch.edge.errors import WrongUse


def test_a_library_that_lacks_functions_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """The C library stands for one: it has none of them."""
    monkeypatch.setattr(optional, "load_library", lambda _: ctypes.CDLL(None))
    with pytest.raises(WrongUse, match=r"too old here, for it has no arv_\w+: install 0\.8\.25 or newer"):
        Aravis()
