import numpy as np
import pytest

from linewatch.edge.capture.colour import Colour


@pytest.mark.parametrize("colour", Colour)
def test_grey_is_what_rgb_shows_of_luma_without_colour(colour: Colour) -> None:
    luma = np.arange(16, 236, dtype=np.float32)
    without = np.stack([luma, np.full_like(luma, 128), np.full_like(luma, 128), np.ones_like(luma)])
    assert np.allclose(colour.to_rgb @ without, colour.grey(luma), atol=1e-3)


@pytest.mark.parametrize(
    ("colour", "luma", "cb", "cr", "rgb"),
    [
        # The primaries of colour bars as the standards tabulate them, rounded to whole numbers.
        (Colour.BT601_LIMITED, 81, 90, 240, (255, 0, 0)),
        (Colour.BT601_LIMITED, 145, 54, 34, (0, 255, 0)),
        (Colour.BT601_FULL, 76, 85, 255, (255, 0, 0)),
        (Colour.BT709_LIMITED, 63, 102, 240, (255, 0, 0)),
        (Colour.BT709_LIMITED, 32, 240, 118, (0, 0, 255)),
        (Colour.BT2020_LIMITED, 74, 97, 240, (255, 0, 0)),
    ],
)
def test_primaries_are_those_of_the_standards(
    colour: Colour, luma: int, cb: int, cr: int, rgb: tuple[int, int, int]
) -> None:
    assert np.abs(colour.to_rgb @ np.array([luma, cb, cr, 1]) - rgb).max() < 2.5
