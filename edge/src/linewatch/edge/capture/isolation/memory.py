"""Memory that a camera's process writes frames to and the agent reads them from, without a copy."""

import fcntl
import mmap
import os
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from linewatch.edge.capture.picture import Picture, UInt8Array
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.errors import CameraError

_PAGE = mmap.PAGESIZE
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
"""A process that could shrink the memory would kill whoever reads it then."""


class FrameMemory:
    """`slots` slots of `slot_bytes` bytes in an anonymous file. Both sides map it; it ends with its last mapping."""

    def __init__(self, descriptor: int, slots: int, slot_bytes: int) -> None:
        """Map the memory behind `descriptor`, which the caller goes on owning."""
        self.slots = slots
        self.slot_bytes = slot_bytes
        self._stride = _rounded(slot_bytes)
        self._bytes = mmap.mmap(descriptor, slots * self._stride)

    @classmethod
    def create(cls, slots: int, slot_bytes: int, name: str) -> tuple["FrameMemory", int]:
        """New memory of a size that nobody can change, and its descriptor, which the caller closes.

        Raises:
            CameraError: there is not so much memory.
        """
        descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(descriptor, slots * _rounded(slot_bytes))
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
            return cls(descriptor, slots, slot_bytes), descriptor
        except (OSError, OverflowError) as error:
            os.close(descriptor)
            raise CameraError(f"no memory for {slots} frames of {slot_bytes} bytes: {error}") from error

    def write(self, slot: int, picture: Picture) -> None:
        """Copy a picture that fits into `slot`, its planes one after the other."""
        count = picture.form.bytes(picture.height, picture.width)
        views = _planes(self._slot(slot, count), picture.form, picture.height, picture.width)
        for view, plane in zip(views, picture.planes, strict=True):
            np.copyto(view, plane)

    def lend(
        self, slot: int, form: PixelForm, height: int, width: int, give_back: Callable[[], None]
    ) -> tuple[UInt8Array, ...]:
        """The planes in `slot`, read-only and without a copy; `give_back` is called when nobody holds any of them.

        It is called on whatever thread lets go last, and must neither wait nor raise.

        Raises:
            CameraError: there is no such slot, or the frame does not fit it.
        """
        count = form.bytes(height, width)
        if not (slot < self.slots and 0 < count <= self.slot_bytes):
            raise CameraError(f"the camera's process told of a frame {height} x {width} in slot {slot}: not possible")
        return _planes(np.asarray(_Lease(self._slot(slot, count), give_back)), form, height, width)

    def _slot(self, slot: int, count: int) -> UInt8Array:
        return np.frombuffer(self._bytes, np.uint8, count, slot * self._stride)


class _Lease:
    """Owner of a lent array: arrays made from it, and views of them, keep it alive, and it gives the slot back."""

    def __init__(self, slot: UInt8Array, give_back: Callable[[], None]) -> None:
        self._slot = slot
        self._give_back = give_back

    @property
    def __array_interface__(self) -> dict[str, Any]:
        told = dict(self._slot.__array_interface__)
        address, _ = told["data"]
        return {**told, "data": (address, True)}

    def __del__(self) -> None:
        self._give_back()


def _planes(whole: UInt8Array, form: PixelForm, height: int, width: int) -> tuple[UInt8Array, ...]:
    """Views of a flat array, one behind the other."""
    planes, begin = [], 0
    for shape in form.planes(height, width):
        end = begin + prod(shape)
        planes.append(whole[begin:end].reshape(shape))
        begin = end
    return tuple(planes)


def _rounded(count: int) -> int:
    return -(-count // _PAGE) * _PAGE
