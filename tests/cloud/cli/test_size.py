import pytest

from linewatch.cloud.cli.size import parse_size
from linewatch.cloud.errors import WrongUse


def test_height_comes_first_and_nothing_is_none() -> None:
    assert parse_size("256x640") == (256, 640)
    assert parse_size("") is None


@pytest.mark.parametrize("text", ["256", "256x", "ax3", "256x640x3", "-1x4", "256 by 640"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(WrongUse, match="as in 256x640"):
        parse_size(text)
