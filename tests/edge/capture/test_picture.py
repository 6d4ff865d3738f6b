import numpy as np
import pytest

from linewatch.edge.capture.colour import Colour
from linewatch.edge.capture.picture import Picture, as_picture
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.errors import CameraError


def test_arrays_are_pictures_without_a_copy() -> None:
    colour, grey = np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6), np.uint8)
    assert as_picture(colour).rgb() is colour
    assert as_picture(grey).planes[0] is grey
    assert as_picture(as_picture(grey)).form is PixelForm.GREY8
    for wrong in (np.zeros((4, 6, 4), np.uint8), np.zeros((0, 6), np.uint8), np.zeros((4, 6), np.uint16)):
        with pytest.raises(CameraError, match=r"instead of RGB uint8\[H, W, 3\] or grey"):
            as_picture(wrong)  # type: ignore[arg-type]


def test_what_is_kept_has_memory_of_its_own() -> None:
    planes = tuple(np.zeros(shape, np.uint8) for shape in PixelForm.NV12.planes(4, 6))
    kept = Picture(PixelForm.NV12, planes, Colour.BT709_FULL).kept()
    planes[1][:] = 9
    assert kept.form is PixelForm.NV12
    assert kept.colour is Colour.BT709_FULL
    assert not kept.planes[1].any()
