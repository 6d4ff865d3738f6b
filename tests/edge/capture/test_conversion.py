import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.edge.capture.colour import Colour
from linewatch.edge.capture.picture import Picture, as_picture
from linewatch.edge.capture.pixel_form import PixelForm

sides = st.integers(1, 90)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Of any form and size, with the gaps between rows that decoders leave."""
    form, height, width = draw(st.sampled_from(PixelForm)), draw(sides), draw(sides)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    planes = []
    for shape in form.planes(height, width):
        whole = random.integers(0, 256, (shape[0], shape[1] + 5, *shape[2:]), np.uint8)
        planes.append(whole[:, : shape[1]])
    return Picture(form, tuple(planes), draw(st.sampled_from(Colour)))


def exact(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """RGB by the definition, pixel by pixel."""
    if picture.form is PixelForm.RGB8:
        return picture.planes[0].astype(np.float64)
    luma = picture.planes[0]
    if picture.form is PixelForm.GREY8:
        return np.repeat(luma[..., None], 3, axis=2).astype(np.float64)
    chroma = np.dstack(picture.planes[1:])
    rows, columns = (np.arange(side) // 2 for side in luma.shape)
    parts = np.dstack([luma, chroma[rows][:, columns]]).astype(np.float64)
    matrix = picture.colour.to_rgb.astype(np.float64)
    return np.clip(parts @ matrix[:, :3].T + matrix[:, 3], 0, 255)


@given(pictures())
def test_rgb_is_what_the_matrix_says(picture: Picture) -> None:
    rgb = picture.rgb()
    assert rgb.shape == (picture.height, picture.width, 3)
    assert rgb.dtype == np.uint8
    assert np.abs(rgb - exact(picture)).max() <= 1.01
    assert picture.nbytes == picture.form.bytes(picture.height, picture.width)


@given(pictures(), st.data())
def test_a_crop_is_that_part_of_the_whole(picture: Picture, data: st.DataObject) -> None:
    rows, columns = (
        slice(*sorted(data.draw(st.lists(st.integers(0, side), min_size=2, max_size=2, unique=True))))
        for side in (picture.height, picture.width)
    )
    assert np.array_equal(picture.crop(rows, columns), picture.rgb()[rows, columns])
    part = picture.part(rows, columns)
    assert np.array_equal(part.rgb(), picture.rgb()[rows, columns])
    assert [plane.shape for plane in part.planes] == list(part.form.planes(part.height, part.width))


@settings(max_examples=200)
@given(pictures(), st.data())
def test_samples_are_the_very_pixels_of_the_whole(picture: Picture, data: st.DataObject) -> None:
    parts, places = [], []
    for side in (picture.height, picture.width):
        first, last = sorted(data.draw(st.lists(st.integers(0, side), min_size=2, max_size=2, unique=True)))
        count = data.draw(st.integers(1, last - first))
        parts.append((slice(first, last), count))
        places.append([first + (2 * part + 1) * (last - first) // (2 * count) for part in range(count)])
    (rows, height), (columns, width) = parts
    wanted = picture.rgb()[places[0]][:, places[1]]
    assert np.array_equal(picture.sampled(height, width, rows, columns), wanted)


@pytest.mark.parametrize("form", PixelForm)
@pytest.mark.parametrize(("height", "width"), [(512, 512), (540, 960), (448, 512), (128, 1000)])
def test_samples_of_a_usual_size_too(form: PixelForm, height: int, width: int) -> None:
    random = np.random.default_rng(0)
    picture = Picture(form, tuple(random.integers(0, 256, shape, np.uint8) for shape in form.planes(1080, 1920)))
    rows, columns = ((2 * np.arange(n) + 1) * side // (2 * n) for n, side in ((height, 1080), (width, 1920)))
    assert np.array_equal(picture.sampled(height, width), picture.rgb()[rows][:, columns])


@given(pictures())
def test_a_smaller_picture_is_the_mean_whatever_comes_first(picture: Picture) -> None:
    # Colours that RGB cannot show are cut off before or after: only those that it can show are the same.
    planes = tuple(96 + plane // 8 for plane in picture.planes)
    mild = Picture(picture.form, planes, picture.colour)
    height, width = (-(-side // 3) for side in (picture.height, picture.width))
    first, then = mild.scaled(height, width), as_picture(mild.rgb()).scaled(height, width)
    assert first.shape == then.shape
    if picture.form in (PixelForm.RGB8, PixelForm.GREY8):
        assert np.abs(first.astype(int) - then).max() <= 1


def test_a_smaller_picture_of_even_planes_is_within_two_steps() -> None:
    random = np.random.default_rng(0)
    planes = tuple(random.integers(96, 128, shape, np.uint8) for shape in PixelForm.I420.planes(96, 128))
    picture = Picture(PixelForm.I420, planes)
    difference = picture.scaled(24, 32).astype(int) - as_picture(picture.rgb()).scaled(24, 32)
    assert np.abs(difference).max() <= 2


@pytest.mark.parametrize(
    ("colour", "white", "black"),
    [(Colour.BT601_LIMITED, 235, 16), (Colour.BT709_FULL, 255, 0), (Colour.BT2020_LIMITED, 235, 16)],
)
def test_black_and_white_are_where_the_range_says(colour: Colour, white: int, black: int) -> None:
    for level, shown in ((white, 255), (black, 0)):
        planes = (np.full((2, 2), level, np.uint8), *[np.full((1, 1), 128, np.uint8)] * 2)
        assert np.abs(Picture(PixelForm.I420, planes, colour).rgb().astype(int) - shown).max() <= 1
