from hypothesis import assume, given
from hypothesis import strategies as st

from linewatch.protos.bundle import RegionOfInterest

LENGTHS = st.integers(1, (1 << 15) - 1)


@st.composite
def spans(draw: st.DrawFn) -> tuple[float, float]:
    first, last = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
    assume(last - first > 0.01)
    return first, last - first


@st.composite
def pixels(draw: st.DrawFn) -> tuple[int, int, int]:
    length = draw(LENGTHS)
    first = draw(st.integers(0, length - 1))
    return length, first, draw(st.integers(1, length - first))


@given(pixels(), pixels())
def test_pixels_that_became_shares_are_the_same_pixels_again(
    rows: tuple[int, int, int], columns: tuple[int, int, int]
) -> None:
    (height, top, tall), (width, left, wide) = rows, columns
    region = RegionOfInterest(left=left / width, top=top / height, width=wide / width, height=tall / height)
    assert region.lies_in_the_frame
    assert region.pixels(height, width) == (slice(top, top + tall), slice(left, left + wide))


@given(spans(), spans(), st.integers(1, 2000), st.integers(1, 2000))
def test_there_is_a_frame_around_a_region_of_any_size(
    rows: tuple[float, float], columns: tuple[float, float], height: int, width: int
) -> None:
    region = RegionOfInterest(left=columns[0], top=rows[0], width=columns[1], height=rows[1])
    frame = region.frame_around(height, width)
    down, across = region.pixels(*frame)
    assert (down.stop - down.start, across.stop - across.start) == (height, width)
    assert 0 <= down.start < down.stop <= frame[0]
    assert 0 <= across.start < across.stop <= frame[1]
    assert abs(frame[0] * rows[1] - height) <= 1 + frame[0] / (1 << 14)


@given(spans(), spans(), LENGTHS, LENGTHS)
def test_a_region_is_the_same_part_of_the_scene_at_any_resolution(
    rows: tuple[float, float], columns: tuple[float, float], height: int, width: int
) -> None:
    region = RegionOfInterest(left=columns[0], top=rows[0], width=columns[1], height=rows[1])
    down, across = region.pixels(height, width)
    assert abs(down.start - rows[0] * height) <= 1.01
    assert abs(across.stop - (columns[0] + columns[1]) * width) <= 1.01


def test_what_leaves_the_frame_or_is_empty_is_no_part_of_it() -> None:
    whole = RegionOfInterest(left=0, top=0, width=1, height=1)
    assert whole.lies_in_the_frame
    assert whole.pixels(480, 640) == (slice(0, 480), slice(0, 640))
    assert not RegionOfInterest(left=0.5, top=0, width=0.6, height=1).lies_in_the_frame
    assert not RegionOfInterest(left=0.5, top=0, width=0.1, height=0).lies_in_the_frame
    assert not RegionOfInterest(left=-0.1, top=0, width=0.5, height=1).lies_in_the_frame
