"""Keeps the C library from handing large tensors back to the system after each step.

By default glibc maps every block above some megabytes anew, and the kernel fills it with zeros page by page: the
training of a small network then spends more than half of its time on that.
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h of glibc
_NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """From now on, and for this process, freed memory is kept and used again. Does nothing outside Linux with glibc."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, _NEVER)
