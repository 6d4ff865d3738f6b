"""From planes to RGB, of no more pixels than somebody looks at. Apart from `Picture`, for it brings OpenCV."""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.colour import Colour
from linewatch.edge.capture.picture import UInt8Array
from linewatch.edge.capture.pixel_form import PixelForm

_NO_FRACTIONS = np.zeros((0, 0), np.uint16)


def crop(form: PixelForm, planes: Sequence[UInt8Array], colour: Colour, rows: slice, columns: slice) -> UInt8Array:
    """See `Picture.crop`."""
    first = planes[0][rows, columns]
    if form in (PixelForm.RGB8, PixelForm.GREY8):
        return _together(form, [first], colour)
    top, bottom, _ = rows.indices(planes[0].shape[0])
    left, right, _ = columns.indices(planes[0].shape[1])
    chroma = [
        _doubled(plane[top // 2 : -(-bottom // 2), left // 2 : -(-right // 2)])[
            top % 2 : bottom - top + top % 2, left % 2 : right - left + left % 2
        ]
        for plane in planes[1:]
    ]
    return _together(form, [first, *chroma], colour)


def scaled(form: PixelForm, planes: Sequence[UInt8Array], colour: Colour, size: tuple[int, int]) -> UInt8Array:
    """See `Picture.scaled`."""
    mean = cv2.INTER_AREA
    made = [np.asarray(cv2.resize(plane, size[::-1], interpolation=mean), np.uint8) for plane in planes]
    return _together(form, made, colour)


def sampled(
    form: PixelForm,
    planes: Sequence[UInt8Array],
    colour: Colour,
    size: tuple[int, int],
    rows: slice,
    columns: slice,
) -> UInt8Array:
    """See `Picture.sampled`."""
    top, bottom, _ = rows.indices(planes[0].shape[0])
    left, right, _ = columns.indices(planes[0].shape[1])
    down, across = (top, bottom, size[0]), (left, right, size[1])
    made = [_picked(plane, down, across, 1 if number == 0 else 2) for number, plane in enumerate(planes)]
    return _together(form, made, colour)


def _together(form: PixelForm, planes: list[UInt8Array], colour: Colour) -> UInt8Array:
    """RGB of planes of one size."""
    if form is PixelForm.RGB8:
        return planes[0]
    if form is PixelForm.GREY8:
        return np.asarray(cv2.cvtColor(planes[0], cv2.COLOR_GRAY2RGB), np.uint8)
    return np.asarray(cv2.transform(cv2.merge(planes), colour.to_rgb), np.uint8)


def _doubled(plane: UInt8Array) -> UInt8Array:
    """Each pixel twice in both directions: four pixels of luma share one of chroma."""
    size = (2 * plane.shape[1], 2 * plane.shape[0])
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


def _picked(plane: UInt8Array, down: tuple[int, int, int], across: tuple[int, int, int], share: int) -> UInt8Array:
    """The pixels of a plane, of which each stands for `share` x `share` of the picture, where `sampled` looks.

    Copying whole rows of equal steps is three times as fast as looking each pixel up, but rounds in its own way.
    """
    if share == 1 and (down[2], across[2]) == (down[1] - down[0], across[1] - across[0]):
        return plane[down[0] : down[1], across[0] : across[1]]
    rows, columns = _steps(*down, share), _steps(*across, share)
    if rows is not None and columns is not None:
        size = (across[2], down[2])
        return np.asarray(cv2.resize(plane[rows, columns], size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
    maps = _places_of(down, across, share)
    return np.asarray(cv2.remap(plane, maps, _NO_FRACTIONS, cv2.INTER_NEAREST), np.uint8)


@lru_cache(maxsize=256)
def _steps(first: int, last: int, count: int, share: int) -> slice | None:
    """The part of a plane's rows, or columns, of which OpenCV takes just those that are wanted; None if others."""
    part = slice(first // share, -(-last // share))
    ramp = np.arange(part.start, part.stop, dtype=np.float32)[np.newaxis]
    taken = cv2.resize(ramp, (count, 1), interpolation=cv2.INTER_NEAREST_EXACT)[0]
    return part if np.array_equal(taken, _middles(first, last, count) // share) else None


@lru_cache(maxsize=16)
def _places_of(down: tuple[int, int, int], across: tuple[int, int, int], share: int) -> npt.NDArray[np.int16]:
    """int16[h, w, 2]: column and row of each pixel in a plane."""
    rows, columns = _middles(*down) // share, _middles(*across) // share
    return np.dstack(np.meshgrid(columns, rows)).astype(np.int16)


def _middles(first: int, last: int, count: int) -> npt.NDArray[np.int64]:
    return first + (2 * np.arange(count) + 1) * (last - first) // (2 * count)
