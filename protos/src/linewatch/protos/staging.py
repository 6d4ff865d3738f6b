"""Folders that appear whole or not at all, and take the place of others in one step."""

import ctypes
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
"""What file systems and kernels say that cannot exchange two names."""


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A new, empty folder that becomes `folder` when all went well, and vanishes when not.

    What stood at `folder` stays there until that moment, whatever ends the work: an error, Ctrl-C, or a power cut.

    Raises:
        OSError: the disk refused.
    """
    folder = folder.resolve()
    staging = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        staging.mkdir(parents=True)
        yield staging
        _put(staging, folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def is_here(folder: Path) -> bool:
    """Whether `folder` is the working folder or above it: exchanged, it would leave people in a folder that is gone."""
    return Path.cwd().is_relative_to(folder.resolve())


def sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put(staging: Path, folder: Path) -> None:
    if not folder.exists():
        staging.rename(folder)
    elif not _exchanged(staging, folder):
        _exchange_in_steps(staging, folder)


def _exchanged(first: Path, second: Path) -> bool:
    """Exchange two names in one step (renameat2); False where that cannot be done."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    if libc.renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(second))


def _exchange_in_steps(staging: Path, folder: Path) -> None:
    old = staging.with_suffix(".old")
    try:
        folder.rename(old)
        staging.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
