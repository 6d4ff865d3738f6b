"""Pictures packed as cameras pack them, and what is made of them."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.gige.pixel_format import FORMATS, PixelFormat

BY_NAME = {one.name: one for one in FORMATS.values()}
Words = npt.NDArray[np.uint16]


def picture(seed: int, height: int, width: int, depth: int) -> Words:
    return np.random.default_rng(seed).integers(0, 1 << depth, (height, width), np.uint16)


def bit_stream(values: Words, depth: int) -> UInt8Array:
    """One bit after the other, the lowest first."""
    bits = (values.ravel()[:, np.newaxis] >> np.arange(depth)) & 1
    return np.packbits(bits.ravel().astype(np.uint8), bitorder="little")


def lows_between(values: Words, depth: int) -> UInt8Array:
    """Two pixels in three bytes: the upper eight bits of each, and their lowest ones in the byte between."""
    flat = np.pad(values.ravel(), (0, values.size % 2))
    lows = flat & ((1 << (depth - 8)) - 1)
    first, second = (flat >> (depth - 8))[::2], (flat >> (depth - 8))[1::2]
    packed = np.stack([first, lows[::2] | lows[1::2] << 4, second], axis=1).astype(np.uint8).ravel()
    return packed[: -(-values.size * 12 // 8)]


def words(values: Words, depth: int) -> UInt8Array:
    return values.astype("<u2").view(np.uint8).ravel()


PACKERS: dict[str, Callable[[Words, int], UInt8Array]] = {
    "Mono8": lambda values, depth: values.astype(np.uint8).ravel(),
    "Mono10": words,
    "Mono12": words,
    "Mono14": words,
    "Mono16": words,
    "Mono10Packed": lows_between,
    "Mono12Packed": lows_between,
    "Mono10p": bit_stream,
    "Mono12p": bit_stream,
}


@pytest.mark.parametrize("name", PACKERS)
@given(seed=st.integers(0, 1000), height=st.integers(1, 9), width=st.integers(1, 9))
def test_of_grey_pixels_the_upper_eight_bits_are_seen(name: str, seed: int, height: int, width: int) -> None:
    pixel_format = BY_NAME[name]
    values = picture(seed, height, width, pixel_format.depth)
    data = PACKERS[name](values, pixel_format.depth)
    assert len(data) == pixel_format.byte_count(height, width)
    seen = pixel_format.picture(data, height, width)
    assert np.array_equal(seen, values >> (pixel_format.depth - 8))


@pytest.mark.parametrize("name", PACKERS)
@given(height=st.integers(1, 9), width=st.integers(1, 9), padding=st.integers(1, 7), behind=st.integers(0, 9))
def test_bytes_behind_rows_and_behind_all_of_them_are_no_pixels(
    name: str, height: int, width: int, padding: int, behind: int
) -> None:
    pixel_format = BY_NAME[name]
    values = picture(height + width, height, width, pixel_format.depth)
    rows = [PACKERS[name](row[np.newaxis], pixel_format.depth) for row in values]
    between = np.full(padding, 0xA5, np.uint8)
    data = np.concatenate([part for row in rows for part in (row, between)])[:-padding]
    assert len(data) == pixel_format.byte_count(height, width, padding)
    chunks = np.full(behind, 0x5A, np.uint8)
    seen = pixel_format.picture(np.concatenate([data, chunks]), height, width, padding=padding)
    assert np.array_equal(seen, values >> (pixel_format.depth - 8))


@pytest.mark.parametrize("name", ["RGB8", "YUV422_8", "BayerRG8"])
def test_colours_have_bytes_behind_rows_too(name: str) -> None:
    pixel_format = BY_NAME[name]
    rows = np.random.default_rng(0).integers(0, 256, (6, pixel_format.byte_count(1, 8)), np.uint8)
    padded = np.pad(rows, ((0, 0), (0, 3)), constant_values=77).ravel()
    whole = pixel_format.picture(rows.ravel(), 6, 8)
    assert np.array_equal(pixel_format.picture(padded, 6, 8, padding=3), whole)


def test_bits_say_how_many_of_a_sample_count_and_what_is_brighter_is_white() -> None:
    values = np.array([[0, 0xFF0, 0x1000]], np.uint16)
    seen = BY_NAME["Mono16"].picture(words(values, 16), 1, 3, bits=12)
    assert seen[0].tolist() == [0, 255, 255]


COLOURS = [(200, 40, 90), (10, 220, 60), (30, 70, 240), (128, 128, 128)]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    ("name", "tile"), [("BayerRG8", "RGGB"), ("BayerGR8", "GRBG"), ("BayerGB8", "GBRG"), ("BayerBG8", "BGGR")]
)
def test_a_mosaic_of_one_colour_is_that_colour(name: str, tile: str, colour: tuple[int, int, int]) -> None:
    cells = np.array([colour["RGB".index(letter)] for letter in tile], np.uint8).reshape(2, 2)
    mosaic = np.tile(cells, (8, 8))
    assert np.all(BY_NAME[name].picture(mosaic.ravel(), 16, 16) == colour)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(("name", "order"), [("YUV422_8", "YUYV"), ("YCbCr422_8", "YUYV"), ("YUV422_8_UYVY", "UYVY")])
def test_halved_colours_come_back(name: str, order: str, colour: tuple[int, int, int]) -> None:
    whole = np.full((4, 6, 3), colour, np.uint8)
    code = cv2.COLOR_RGB2YUV_YUYV if order == "YUYV" else cv2.COLOR_RGB2YUV_UYVY
    data = np.asarray(cv2.cvtColor(whole, code), np.uint8).ravel()
    seen = BY_NAME[name].picture(data, 4, 6)
    assert np.abs(seen.astype(int) - whole).max() <= 4


@pytest.mark.parametrize(("name", "shown"), [("RGB8", [1, 2, 3]), ("BGR8", [3, 2, 1])])
def test_colours_are_put_in_order_in_memory_of_their_own(name: str, shown: list[int]) -> None:
    data = np.array([1, 2, 3] * 6, np.uint8)
    seen = BY_NAME[name].picture(data, 2, 3)
    assert np.all(seen == shown)
    data[:] = 0
    assert np.all(seen == shown)


def test_numbers_say_how_many_bits_a_pixel_has() -> None:
    assert all(_bits_in(number) == one.bits_a_pixel for number, one in FORMATS.items())


def _bits_in(number: int) -> int:
    return number >> 16 & 0xFF


def test_more_bytes_than_needed_do_not_matter() -> None:
    pixel_format: PixelFormat = BY_NAME["Mono12p"]
    values = picture(1, 3, 5, 12)
    data = np.concatenate([bit_stream(values, 12), np.full(100, 7, np.uint8)])
    assert np.array_equal(pixel_format.picture(data, 3, 5), values >> 4)
