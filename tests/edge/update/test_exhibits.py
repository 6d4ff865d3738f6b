from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.picture import Picture
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.update.exhibits import Exhibit, Exhibits

ROOM = 1000


def picture(size: int) -> Picture:
    return Picture(PixelForm.GREY8, (np.zeros((1, size), np.uint8),))


def exhibit(camera: str, size: int) -> Exhibit:
    return Exhibit(camera, picture(size), [])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 2 * ROOM)), max_size=40))
def test_they_are_bounded_and_the_newest_stays(added: Sequence[tuple[str, int]]) -> None:
    kept = Exhibits(ROOM)
    for camera, size in added:
        newest = exhibit(camera, size)
        kept.add(newest)
        every = kept.all()
        assert newest in every
        assert len(every) == 1 or sum(one.nbytes for one in every) <= ROOM
        assert max(sum(one.camera == name for one in every) for name in "abc") <= 8


def test_the_camera_that_takes_most_gives_up_its_oldest() -> None:
    kept = Exhibits(ROOM)
    first, second, other = exhibit("a", 400), exhibit("a", 500), exhibit("b", 300)
    for one in (first, second, other):
        kept.add(one)
    assert kept.all() == [second, other]


def test_one_is_made_of_copies_with_what_lay_before() -> None:
    frame = Frame("c", 1, picture(30), 0, 0.0, (picture(20),))
    made = Exhibit.of(frame)
    assert made.nbytes == 50
    assert not any(
        np.shares_memory(copy.planes[0], one.planes[0])
        for copy, one in zip([made.picture, *made.before], [frame.picture, *frame.before], strict=True)
    )


def test_none_are_left_after_clearing() -> None:
    kept = Exhibits()
    kept.add(exhibit("a", 5))
    kept.clear()
    assert kept.all() == []
