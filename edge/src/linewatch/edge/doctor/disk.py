"""Whether the device can keep what must survive."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, doubt, fault, well

_NEARLY_FULL = 0.05
_BLOCK_BYTES = 512
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_WHAT_FILLS = "du -xh / | sort -h"
_ELSEWHERE = "or name a folder on another disk as device.state"
_HOW_TO_WRITE = {
    errno.ENOSPC: f"remove files there, the largest first ({_WHAT_FILLS}; where df -i shows no inode free, the most), "
    f"{_ELSEWHERE}; an agent that runs judges on, and writes again by itself",
    errno.EDQUOT: f"remove files of the user who runs the agent, raise the quota, {_ELSEWHERE}",
    errno.EROFS: f"mount it for writing (a disk that fails is set to read-only too: see dmesg), {_ELSEWHERE}",
    errno.EIO: f"the disk fails: see dmesg; save what is on it, {_ELSEWHERE}",
}
_GIVE_IT = "give it to the user who runs the agent (chown), or name another as device.state"


def look_at_disk(settings: EdgeSettings) -> Iterator[Finding]:
    """Findings about the state folder."""
    state = settings.device.state.absolute()
    what = f"state folder {state}"
    try:
        state.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=state) as file:
            file.write(b"?")
            os.fsync(file.fileno())
    except OSError as error:
        yield fault(what, f"cannot be written: {error.strerror}", _HOW_TO_WRITE.get(error.errno or 0, _GIVE_IT))
        return
    usage = shutil.disk_usage(state)
    free, wanted = usage.free, max(0, settings.spool.max_bytes - _taken(state / "spool.db"))
    if settings.update.enabled:
        wanted += settings.update.keep_free_bytes
    if free < wanted:
        room = f"{free / 1e6:.0f} MB are free, and spool and updates may want {wanted / 1e6:.0f} MB of them"
        yield doubt(what, room, "make room, or lower spool.max_bytes and update.keep_free_bytes")
    else:
        yield well(what, f"can be written, {free / 1e6:,.0f} MB free")
    if free < _NEARLY_FULL * usage.total:
        yield doubt(
            what, f"lies on a disk that is {1 - free / usage.total:.0%} full", f"find what fills it: {_WHAT_FILLS}"
        )
    if _inodes_left(state) == 0:
        yield fault(what, "lies on a disk that can hold no more files, whatever their size", "remove files there")
    if file_system(state) in _IN_MEMORY:
        yield doubt(what, "lies in memory and is gone after a restart", "name a folder on a disk as device.state")


def _taken(spool: Path) -> int:
    """Bytes of the disk that the spool has already: it writes there again what it made room for."""
    try:
        return spool.stat().st_blocks * _BLOCK_BYTES
    except OSError:
        return 0


def _inodes_left(folder: Path) -> int | None:
    """How many files the disk can still hold; None where it has no such number."""
    usage = os.statvfs(folder)
    return usage.f_favail if usage.f_files else None


def file_system(folder: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The kind of file system that `folder` lies on; empty where nobody says."""
    found, longest = "", -1
    for line in mounts.read_text(encoding="utf-8").splitlines() if mounts.exists() else ():
        _, place, kind, *_ = line.split(" ")
        if folder.is_relative_to(place) and len(place) > longest:
            found, longest = kind, len(place)
    return found
