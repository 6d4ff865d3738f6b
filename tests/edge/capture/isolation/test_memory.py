import contextlib
import fcntl
import os
from collections.abc import Iterator

import numpy as np
import pytest

from linewatch.edge.capture.isolation.memory import FrameMemory
from linewatch.edge.errors import CameraError


@pytest.fixture
def sides() -> Iterator[tuple[FrameMemory, FrameMemory]]:
    """The agent's side and the camera's."""
    agent, descriptor = FrameMemory.create(3, 5 * 7 * 3, "test")
    yield agent, FrameMemory(descriptor, 3, 5 * 7 * 3)
    os.close(descriptor)


def test_what_one_side_writes_the_other_sees_without_a_copy(sides: tuple[FrameMemory, FrameMemory]) -> None:
    agent, camera = sides
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    for slot in range(3):
        camera.write(slot, pixels + slot)
    lent = [agent.lend(slot, 5, 7, lambda: None) for slot in range(3)]
    assert all((frame == pixels + slot).all() for slot, frame in enumerate(lent))
    camera.write(1, pixels[::-1])
    assert (lent[1] == pixels[::-1]).all()
    with pytest.raises(ValueError, match="read-only"):
        lent[0][0, 0, 0] = 1


def test_a_slot_is_given_back_with_the_last_view_of_its_frame(sides: tuple[FrameMemory, FrameMemory]) -> None:
    agent, _ = sides
    given: list[int] = []
    frame = agent.lend(2, 5, 7, lambda: given.append(2))
    corner = frame[1:3, 2:].reshape(2, -1)[::-1]
    batch = np.stack([frame, frame])
    del frame
    assert not given
    del corner
    assert given == [2]
    assert batch.shape == (2, 5, 7, 3)


@pytest.mark.parametrize(("slot", "height", "width"), [(3, 5, 7), (0, 6, 7), (0, 0, 7), (0, 2**31, 2**31)])
def test_frames_that_cannot_be_are_refused(
    sides: tuple[FrameMemory, FrameMemory], slot: int, height: int, width: int
) -> None:
    with pytest.raises(CameraError, match="not possible"):
        sides[0].lend(slot, height, width, lambda: None)


def test_no_side_can_pull_the_memory_away() -> None:
    memory, descriptor = FrameMemory.create(1, 100, "test")
    with contextlib.closing(os.fdopen(descriptor, "r+b", buffering=0)) as file:
        with pytest.raises(PermissionError):
            file.truncate(10)
        with pytest.raises(PermissionError):
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    memory.write(0, np.zeros((1, 1, 3), np.uint8))


def test_more_memory_than_there_is_fails_the_camera() -> None:
    with pytest.raises(CameraError, match="no memory for 100 frames"):
        FrameMemory.create(100, 1 << 60, "test")
