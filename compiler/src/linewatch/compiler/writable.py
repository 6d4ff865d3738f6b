"""Sees before long work that its result can be written."""

import tempfile
from pathlib import Path


def check_writable(folder: Path) -> None:
    """Try to write beside `folder`, which may not exist yet, or in the nearest folder above it that does.

    Raises:
        OSError: the disk refused.
    """
    nearest = next(parent for parent in folder.resolve().parents if parent.is_dir())
    with tempfile.TemporaryDirectory(prefix=".linewatch-", dir=nearest):
        pass
