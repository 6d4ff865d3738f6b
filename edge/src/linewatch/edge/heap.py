"""How this process deals with freed memory.

By default glibc gives blocks of some hundred kilobytes back to the kernel when they are freed, as the planes of a frame
are, and gets them again page by page for the next frame: that took more time than what was done in them.
"""

import ctypes
import sys
import threading
from typing import Any

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
_LARGE_BYTES = 8 << 20
"""Above a picture of 1920 x 1080 pixels in RGB; larger blocks are given back."""
_SPARE_BYTES = 8 << 20
"""More than is freed and wanted again for a frame of that size: three planes, and RGB of what is looked at."""
_TAKEN_BYTES = _SPARE_BYTES - (1 << 19)
"""A little less: a heap gives back what is as much."""
_HEAPS = 2


def keep_freed_memory() -> None:
    """From now on each heap keeps up to 8 MB of freed memory. Does nothing outside Linux with glibc.

    There are two, one of them for all threads but the first, and not eight for each processor: threads of cameras that
    come and go would fill one after the other, and the process grow for hours.
    """
    if (libc := _glibc()) is not None:
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _SPARE_BYTES)
        libc.mallopt(_M_ARENA_MAX, _HEAPS)


def take_spare_memory() -> None:
    """Take at once what `keep_freed_memory` lets each heap keep, while the process has no threads yet.

    A process that has it from its start does not grow by it later, when more frames than ever are held for a moment.
    """
    if (libc := _glibc()) is not None:
        _take(libc)
        other = threading.Thread(target=_take, args=(libc,))
        other.start()
        other.join()


def _take(libc: Any) -> None:  # noqa: ANN401
    block = libc.malloc(_TAKEN_BYTES)
    if block:
        ctypes.memset(block, 0, _TAKEN_BYTES)
        libc.free(block)


def _glibc() -> Any | None:  # noqa: ANN401
    libc: Any = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    if not hasattr(libc, "mallopt"):
        return None
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
    libc.free.restype, libc.free.argtypes = None, (ctypes.c_void_p,)
    return libc
