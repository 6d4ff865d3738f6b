import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.decide.event import Region
from linewatch.edge.evidence.crop import crop_around, encode_crop


@st.composite
def framed(draw: st.DrawFn) -> tuple[Region, int, int]:
    width, height = draw(st.integers(1, 2000)), draw(st.integers(1, 2000))
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return (
        Region(x=x, y=y, width=draw(st.integers(1, width - x)), height=draw(st.integers(1, height - y))),
        width,
        height,
    )


@given(framed())
def test_the_crop_holds_the_region_and_lies_in_the_frame(given_: tuple[Region, int, int]) -> None:
    region, width, height = given_
    crop = crop_around(region, width, height)
    assert 0 <= crop.x <= region.x
    assert 0 <= crop.y <= region.y
    assert region.x + region.width <= crop.x + crop.width <= width
    assert region.y + region.height <= crop.y + crop.height <= height
    assert crop.width >= min(64, width)
    assert crop.height >= min(64, height)


def test_the_jpeg_shows_the_right_place_in_the_right_colours() -> None:
    frame = np.zeros((200, 300, 3), np.uint8)
    frame[50:150, 100:200] = (250, 20, 40)
    data = encode_crop(frame, Region(x=100, y=50, width=100, height=100))
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert shown is not None
    assert shown.shape == (100, 100, 3)
    assert np.abs(shown.reshape(-1, 3).mean(axis=0) - (250, 20, 40)).max() < 4


def test_large_crops_are_made_smaller() -> None:
    frame = np.zeros((1000, 2000, 3), np.uint8)
    data = encode_crop(frame, Region(x=0, y=0, width=2000, height=1000))
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (128, 256, 3)
