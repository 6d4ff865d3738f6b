import contextlib
import fcntl
import os
from collections.abc import Iterator

import numpy as np
import pytest

from linewatch.edge.capture.isolation.memory import FrameMemory
from linewatch.edge.capture.picture import Picture, as_picture
from linewatch.edge.capture.pixel_form import PixelForm
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
        camera.write(slot, as_picture(pixels + np.uint8(slot)))
    lent = [agent.lend(slot, PixelForm.RGB8, 5, 7, lambda: None)[0] for slot in range(3)]
    assert all((frame == pixels + slot).all() for slot, frame in enumerate(lent))
    camera.write(1, as_picture(pixels[::-1]))
    assert (lent[1] == pixels[::-1]).all()
    with pytest.raises(ValueError, match="read-only"):
        lent[0][0, 0, 0] = 1


def test_a_slot_is_given_back_with_the_last_view_of_its_frame(sides: tuple[FrameMemory, FrameMemory]) -> None:
    agent, _ = sides
    given: list[int] = []
    (frame,) = agent.lend(2, PixelForm.RGB8, 5, 7, lambda: given.append(2))
    corner = frame[1:3, 2:].reshape(2, -1)[::-1]
    batch = np.stack([frame, frame])
    del frame
    assert not given
    del corner
    assert given == [2]
    assert batch.shape == (2, 5, 7, 3)


@pytest.mark.parametrize("form", PixelForm)
def test_pictures_of_every_form_arrive_and_hold_their_slot_by_any_plane(
    form: PixelForm, sides: tuple[FrameMemory, FrameMemory]
) -> None:
    agent, camera = sides
    # Decoders leave gaps between rows.
    gaps = [np.random.default_rng(0).integers(0, 256, (8, 16, 3), np.uint8) for _ in range(3)]
    planes = [gap[: shape[0], : shape[1], 0] for gap, shape in zip(gaps, form.planes(5, 7), strict=False)]
    if form is PixelForm.RGB8:
        planes = [gaps[0][:5, :7]]
    if form is PixelForm.NV12:
        planes[1] = gaps[1][:3, :4, :2]
    camera.write(1, Picture(form, tuple(planes)))
    given: list[int] = []
    lent = agent.lend(1, form, 5, 7, lambda: given.append(1))
    assert [plane.shape for plane in lent] == list(form.planes(5, 7))
    assert all(np.array_equal(*pair) for pair in zip(lent, planes, strict=True))
    last = lent[-1]
    del lent
    assert not given
    del last
    assert given == [1]


@pytest.mark.parametrize(("slot", "height", "width"), [(3, 5, 7), (0, 6, 7), (0, 0, 7), (0, 2**31, 2**31)])
def test_frames_that_cannot_be_are_refused(
    sides: tuple[FrameMemory, FrameMemory], slot: int, height: int, width: int
) -> None:
    with pytest.raises(CameraError, match="not possible"):
        sides[0].lend(slot, PixelForm.RGB8, height, width, lambda: None)


def test_no_side_can_pull_the_memory_away() -> None:
    memory, descriptor = FrameMemory.create(1, 100, "test")
    with contextlib.closing(os.fdopen(descriptor, "r+b", buffering=0)) as file:
        with pytest.raises(PermissionError):
            file.truncate(10)
        with pytest.raises(PermissionError):
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    memory.write(0, as_picture(np.zeros((1, 1, 3), np.uint8)))


def test_more_memory_than_there_is_fails_the_camera() -> None:
    with pytest.raises(CameraError, match="no memory for 100 frames"):
        FrameMemory.create(100, 1 << 60, "test")
