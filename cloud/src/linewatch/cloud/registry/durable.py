"""Files that are whole and on the disk, or not there."""

import os
from pathlib import Path

from linewatch.cloud.errors import RegistryUnwritable
from linewatch.protos.staging import sync_folder

_FILE_MODE = 0o644


def write_whole(path: Path, data: bytes, mode: int = _FILE_MODE) -> None:
    """Write or exchange `path` so that a crash leaves the old contents or the new ones.

    Raises:
        RegistryUnwritable: the disk refused; `path` is as it was.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RegistryUnwritable(
            f"cannot write {path} ({error.strerror}); make room or mend the permissions, then do it again"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def make_folders(folder: Path) -> None:
    """Make `folder` and its missing parents, durably.

    Raises:
        RegistryUnwritable: the disk refused.
    """
    if folder.is_dir():
        return
    make_folders(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise RegistryUnwritable(
            f"cannot make the folder {folder} ({error.strerror}); mend the permissions or choose another place"
        ) from error
