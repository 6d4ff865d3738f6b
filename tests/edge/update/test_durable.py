"""What the disk refuses becomes an error that says what to do."""

import errno
import os
from pathlib import Path

import pytest

from linewatch.edge.errors import DiskFull, StateUnwritable
from linewatch.edge.update.durable import guarding_disk, switch_link, write_whole


def test_a_full_disk_is_told_from_other_faults() -> None:
    with (
        pytest.raises(DiskFull, match="no room on the device to write it; free some space"),
        guarding_disk("write it"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    with pytest.raises(StateUnwritable, match="cannot write it"), guarding_disk("write it"):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_switched_and_never_missing(tmp_path: Path) -> None:
    link = tmp_path / "current"
    for target in ("one", "two"):
        switch_link(link, target)
        assert str(link.readlink()) == target
    assert list(tmp_path.iterdir()) == [link]
