"""The memory of this process: how much there is to have, and keeping what was had.

By default glibc maps every block above some megabytes anew, and the kernel fills it with zeros page by page: the
training of a small network then spends more than half of its time on that.
"""

import ctypes
import sys
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h of glibc
_NEVER = 2**31 - 1
_MEMINFO = Path("/proc/meminfo")


def keep_freed_memory() -> None:
    """From now on, and for this process, freed memory is kept and used again. Does nothing outside Linux with glibc."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, _NEVER)


def available_bytes() -> int | None:
    """What a process can still have without the system looking for room (proc_meminfo(5)); None outside Linux."""
    if not _MEMINFO.exists():
        return None
    lines = (line.split() for line in _MEMINFO.read_text(encoding="utf-8").splitlines())
    return next((1024 * int(line[1]) for line in lines if line[0] == "MemAvailable:"), None)
