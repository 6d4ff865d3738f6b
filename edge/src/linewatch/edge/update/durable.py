"""Files and links that survive a power cut: whole and on the disk, or not there."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linewatch.edge.errors import DiskFull, StateUnwritable

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def guarding_disk(what: str) -> Iterator[None]:
    """Turn what the disk refuses while doing `what` into errors of the agent.

    Raises:
        DiskFull: no room was left.
        StateUnwritable: any other fault.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull(f"no room on the device to {what}; free some space") from error
        raise StateUnwritable(f"cannot {what} ({error}); check the state folder's disk and permissions") from error


def write_whole(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write or exchange `path`: a power cut leaves the old contents or the new ones.

    Args:
        path: the file.
        data: its new contents.
        mode: who may read and write it, less what the process keeps from others (umask).

    Raises:
        OSError: the disk refused; `path` is as it was.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}.partial")
    try:
        with open(partial, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def switch_link(link: Path, target: str) -> None:
    """Point the symbolic link `link` to `target` in one step, durably.

    Raises:
        OSError: the disk refused; `link` is as it was.
    """
    partial = link.with_name(f".{link.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    try:
        partial.symlink_to(target)
        partial.rename(link)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(link.parent)


def sync_file(path: Path) -> None:
    """Bring the contents of `path` to the disk."""
    _sync(path, os.O_RDONLY)


def sync_tree(folder: Path) -> None:
    """Bring every file and name below `folder` to the disk."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            sync_tree(path)
        elif path.is_file() and not path.is_symlink():
            sync_file(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to the disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
