"""The result of an earlier demo, whose place a new one takes: what the demo made in it, and what is people's own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from linewatch.cloud.errors import WrongUse
from linewatch.protos.staging import is_here

_MARK = ".linewatch-demo"
_FIRST_LINE = "made by linewatch demo; the next one replaces these files, and keeps all others:"
_ALIVE = {"cloud", "state"}
"""Folders in which the cloud and the agent go on writing: all in them goes with the result."""


def check_place(out: Path) -> None:
    """Whether a demo's result may stand at `out`.

    Raises:
        WrongUse: something else stands there, or it is the working folder.
    """
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise WrongUse(f"{out} is a file: give another folder with --out")
    if is_here(out):
        raise WrongUse(f"{out} is the folder you work in: work in another one, or give another folder with --out")
    if any(out.iterdir()) and _made(out) is None:
        raise WrongUse(f"{out} is not empty and no result of this demo: remove it, or give another folder with --out")


def mark(folder: Path) -> None:
    """Note in `folder` that all files in it are the demo's."""
    made = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
    (folder / _MARK).write_text("\n".join([_FIRST_LINE, *made, ""]), encoding="utf-8", errors="surrogateescape")


def keep_own_files(earlier: Path, folder: Path) -> None:
    """Put what people keep in the result `earlier` into `folder` as well, at the same place or, if taken, beside it.

    The files stay in `earlier`, too: whatever comes between, nothing of them is lost.

    Raises:
        OSError: the disk refused.
    """
    made = _made(earlier) or set()
    for path in _files(earlier):
        place = path.relative_to(earlier)
        if place.as_posix() in made or place.parts[0] in _ALIVE:
            continue
        target = _free(folder / place)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target, follow_symlinks=False)
        except OSError:  # not every file system has links
            shutil.copy2(path, target, follow_symlinks=False)


def _made(folder: Path) -> set[str] | None:
    """Files that a demo made in `folder`; None where none says so."""
    try:
        first, *made = (folder / _MARK).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except (OSError, ValueError):
        return None
    return {_MARK, *made} if first == _FIRST_LINE else None


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _free(path: Path) -> Path:
    while os.path.lexists(path):
        path = path.with_name(path.name + ".earlier")
    return path
