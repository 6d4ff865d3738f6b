import pytest

from linewatch.cloud.cli.region import parse_region
from linewatch.cloud.errors import WrongUse


def test_four_numbers_are_a_region_and_nothing_is_none() -> None:
    found = parse_region("320, 0,640,480")
    assert found is not None
    assert (found.left, found.top, found.width, found.height, found.in_pixels) == (320, 0, 640, 480, True)
    shares = parse_region(".25,0,0.5,1")
    assert shares is not None
    assert not shares.in_pixels
    assert parse_region("") is None


@pytest.mark.parametrize("text", ["1,2,3", "a,0,1,1", "0,0,-1,1", "0,0,1,1,1", "0 0 1 1", "nan,0,1,1"])
def test_what_is_no_region_is_refused_with_examples(text: str) -> None:
    with pytest.raises(WrongUse, match="as in 320,0,640,480"):
        parse_region(text)
