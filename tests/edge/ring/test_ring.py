import threading
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.frame import Frame
from linewatch.edge.ring.lane import Mark
from linewatch.edge.ring.lost import Lost
from linewatch.edge.ring.ring import Ring, Taken, share_of
from linewatch.edge.ring.settings import RingSettings


def frame(camera: str, number: int, size: int = 8) -> Frame:
    return Frame(camera, number, np.zeros((size, size, 3), np.uint8), 0, 0.0)


def drain(ring: Ring) -> list[tuple[str, int, int | Lost | Mark]]:
    ring.close()
    out = []
    while taken := ring.take(lambda: None):
        (one,) = taken
        out.append((one.camera, one.ticket, one.item.number if isinstance(one.item, Frame) else one.item))
    return out


@given(st.integers(1, 6), st.integers(0, 30))
def test_on_a_live_lane_the_newest_win_and_every_other_is_counted(room: int, count: int) -> None:
    ring = Ring(RingSettings(frames=room))
    ring.add_camera("c", live=True)
    for number in range(count):
        assert ring.put(frame("c", number))
    kept = drain(ring)
    assert [number for _, _, number in kept] == list(range(max(0, count - room), count))
    assert [ticket for _, ticket, _ in kept] == list(range(len(kept)))
    assert ring.overrun("c") + len(kept) == count


def test_bytes_bound_a_lane_but_one_frame_may_always_wait() -> None:
    ring = Ring(RingSettings(frames=10, megabytes=1))
    ring.add_camera("c", live=True)
    for number in range(3):
        ring.put(frame("c", number, size=700))
    assert [number for _, _, number in drain(ring)] == [2]
    assert ring.overrun("c") == 2


def test_the_mark_of_an_ended_stream_is_never_skipped_and_keeps_its_place() -> None:
    ring = Ring(RingSettings(frames=2))
    ring.add_camera("c", live=True)
    ring.put(frame("c", 0))
    ring.put(frame("c", 1))
    ring.end_stream("c")
    for number in (2, 3, 4):
        ring.put(frame("c", number))
    assert [item for _, _, item in drain(ring)] == [Mark.STREAM_ENDED, 3, 4]


def test_other_lanes_wait_for_room_and_lose_nothing() -> None:
    ring = Ring(RingSettings(frames=2))
    ring.add_camera("c", live=False)
    producer = threading.Thread(target=lambda: [ring.put(frame("c", number)) for number in range(200)])
    producer.start()
    found = []
    for _ in range(200):
        (taken,) = ring.take(lambda: None)
        assert isinstance(taken.item, Frame)
        found.append(taken.item.number)
    producer.join()
    assert found == list(range(200))
    assert ring.overrun("c") == 0


def test_closing_lets_a_waiting_camera_go() -> None:
    ring = Ring(RingSettings(frames=1))
    ring.add_camera("c", live=False)
    ring.put(frame("c", 0))
    answers: list[bool] = []
    producer = threading.Thread(target=lambda: answers.append(ring.put(frame("c", 1))))
    producer.start()
    assert [number for _, _, number in drain(ring)] in ([0], [0, 1])
    producer.join(5)
    assert not producer.is_alive()
    assert not ring.put(frame("c", 2))


def test_cameras_take_turns() -> None:
    ring = Ring(RingSettings(frames=10))
    for camera in "abc":
        ring.add_camera(camera, live=True)
        for number in range(5):
            ring.put(frame(camera, number))
    cameras = [camera for camera, _, _ in drain(ring)]
    assert cameras[:6] == ["a", "b", "c", "a", "b", "c"]


def test_each_taken_frame_carries_the_stamp_of_its_moment() -> None:
    ring = Ring(RingSettings(frames=10))
    ring.add_camera("c", live=True)
    ring.put(frame("c", 0))
    ring.put(frame("c", 1))
    stamps = iter("ab")
    taken = [ring.take(lambda: next(stamps)) for _ in range(2)]
    assert [one.stamp for each in taken for one in each] == ["a", "b"]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=4), st.integers(1, 10))
def test_a_batch_is_taken_over_all_cameras_in_turn_and_keeps_the_order_of_each(waiting: list[int], most: int) -> None:
    ring = Ring(RingSettings(frames=10))
    left = {str(camera): count for camera, count in enumerate(waiting)}
    for camera, count in left.items():
        ring.add_camera(camera, live=True)
        for number in range(count):
            ring.put(frame(camera, number))
    ring.close()
    taken: list[Taken[str]] = []
    while batch := ring.take(lambda: "now", lambda *_: most):
        assert len(batch) == min(most, sum(left.values()))
        assert len({one.camera for one in batch}) == min(len(batch), sum(count > 0 for count in left.values()))
        for one in batch:
            left[one.camera] -= 1
        taken.extend(batch)
    for place, count in enumerate(waiting):
        assert [one.ticket for one in taken if one.camera == str(place)] == list(range(count))


@given(st.integers(1, 100), st.integers(0, 20))
def test_shares_cover_what_waits_and_leave_something_for_each_who_waits(waiting: int, idle: int) -> None:
    share = share_of(waiting, idle)
    assert share * (1 + idle) >= waiting
    assert share == 1 or (share - 1) * (1 + idle) < waiting


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (4, 1), (1, 8), (4, 8)])
def test_many_cameras_and_workers_share_without_loss_or_repetition(workers: int, most: int) -> None:
    ring = Ring(RingSettings(frames=3))
    found: Counter[tuple[str, int]] = Counter()
    lock = threading.Lock()

    def produce(camera: str) -> None:
        for number in range(100):
            ring.put(frame(camera, number))

    def consume() -> None:
        while taken := ring.take(lambda: None, lambda *_: most):
            with lock:
                found.update((one.camera, one.ticket) for one in taken)

    for camera in "abc":
        ring.add_camera(camera, live=False)
    producers = [threading.Thread(target=produce, args=(camera,)) for camera in "abc"]
    consumers = [threading.Thread(target=consume) for _ in range(workers)]
    for thread in producers + consumers:
        thread.start()
    for thread in producers:
        thread.join()
    ring.close()
    for thread in consumers:
        thread.join()
    assert found == {(camera, ticket): 1 for camera in "abc" for ticket in range(100)}
