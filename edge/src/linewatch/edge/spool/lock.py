"""Keeps a second agent away from the same spool. The lock dies with the process, however it dies."""

import fcntl
import os
from pathlib import Path
from typing import IO

from linewatch.edge.errors import SpoolBusy, SpoolStorageError


def lock_spool(database: Path) -> IO[str]:
    """Take the lock beside `database`; it is held until the returned file is closed.

    Raises:
        SpoolBusy: another process has it; the text names its process number.
        SpoolStorageError: the folder cannot be made or written.
    """
    path = database.with_name(database.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+", encoding="ascii")
    except OSError as error:
        raise SpoolStorageError(
            f"cannot make the spool's lock {path}: {error}; is the state folder writable?"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.seek(0)
        holder = handle.read().strip() or "unknown"
        handle.close()
        raise SpoolBusy(
            f"the spool {database} is used by process {holder}; stop it or choose another state folder"
        ) from error
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle
