"""How this process deals with freed memory.

By default glibc gives blocks of some hundred kilobytes back to the kernel when they are freed, as the planes of a frame
are, and gets them again page by page for the next frame: that took more time than what was done in them.
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_LARGE_BYTES = 8 << 20
"""Above a picture of 1920 x 1080 pixels in RGB; larger blocks are given back."""
_SPARE_BYTES = 32 << 20


def keep_freed_memory() -> None:
    """From now on, for all threads, up to 32 MB of freed memory are kept. Does nothing outside Linux with glibc."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _SPARE_BYTES)
