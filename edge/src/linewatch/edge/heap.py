"""How this process deals with freed memory.

By default glibc gives blocks of some hundred kilobytes back to the kernel when they are freed, as the planes of a frame
are, and gets them again page by page for the next frame: that took more time than what was done in them.
"""

import ctypes
import os
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
_LARGE_BYTES = 8 << 20
"""Above a picture of 1920 x 1080 pixels in RGB; larger blocks are given back."""
_SPARE_BYTES = 8 << 20
"""More than is freed and wanted again for a frame of that size: three planes, and RGB of what is looked at."""


def keep_freed_memory() -> None:
    """From now on each heap keeps up to 8 MB of freed memory. Does nothing outside Linux with glibc.

    There are as many heaps as processors, and not eight times as many: threads of cameras that come and go would fill
    one after the other, and the process grow for hours.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _SPARE_BYTES)
        mallopt(_M_ARENA_MAX, len(os.sched_getaffinity(0)))
