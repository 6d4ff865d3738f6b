import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.history import History
from linewatch.edge.capture.picture import as_picture


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_a_frame_comes_with_as_many_before_it_as_are_wanted_then(wanted: list[int]) -> None:
    frames = [as_picture(np.full((1, 1, 3), number, np.uint8)) for number in range(len(wanted))]
    reach = iter(wanted)
    history = History(lambda: next(reach))
    for number, (frame, want) in enumerate(zip(frames, wanted, strict=True)):
        before = [int(one.rgb()[0, 0, 0]) for one in history.before(frame)]
        assert len(before) <= min(want, number)
        assert before == list(range(number - len(before), number))
        steady = number > want and len(set(wanted[number - want : number + 1])) == 1
        assert len(before) == want or not steady


def test_what_follows_the_end_of_a_stream_has_nothing_before_it() -> None:
    history, frame = History(lambda: 2), as_picture(np.zeros((1, 1, 3), np.uint8))
    for _ in range(3):
        history.before(frame)
    history.forget()
    assert history.before(frame) == ()
