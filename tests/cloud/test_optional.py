import json

import pytest

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.optional import import_optional


def test_an_installed_library_is_imported() -> None:
    assert import_optional("json", extra="any") is json


def test_a_missing_library_names_the_extra_that_brings_it() -> None:
    with pytest.raises(WrongUse, match=r"no_such_library.*pip install 'linewatch\[timm\]'"):
        import_optional("no_such_library", extra="timm")
