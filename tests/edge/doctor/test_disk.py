import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.disk import file_system, look_at_disk
from linewatch.edge.doctor.finding import Level


def test_what_the_spool_has_already_is_not_wanted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage(tmp_path))(total=8_000_000, used=6_800_000, free=1_200_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    table = {
        "device": {"state": str(tmp_path)},
        "cameras": [{"name": "c", "source": "simulated:"}],
        "spool": {"max_bytes": 2_000_000},
    }
    settings = EdgeSettings.model_validate(table, strict=False)

    def room() -> tuple[Level, str]:
        found = next(iter(look_at_disk(settings)))
        return found.level, found.is_

    assert room() == (Level.DOUBT, "1 MB are free, and spool and updates may want 2 MB of them")
    (tmp_path / "spool.db").write_bytes(b"x" * 1_000_000)
    assert room() == (Level.WELL, "can be written, 1 MB free")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "remove files there"),
        (errno.EDQUOT, "raise the quota"),
        (errno.EROFS, "mount it for writing"),
        (errno.EACCES, "give it to the user"),
    ],
)
def test_a_folder_that_cannot_be_written_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    table = {"device": {"state": str(tmp_path)}, "cameras": [{"name": "c", "source": "simulated:"}]}
    (found,) = look_at_disk(EdgeSettings.model_validate(table, strict=False))
    assert (found.level, found.is_) == (Level.FAULT, f"cannot be written: {os.strerror(number)}")
    assert advice in found.advice
    assert ("chown" in found.advice) == (number == errno.EACCES)


def test_the_nearest_mount_says_the_kind(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/sda / ext4 rw 0 0\ntmpfs /var/lib tmpfs rw 0 0\n/dev/sdb /var/lib/linewatch xfs rw 0 0\n")
    assert file_system(Path("/home"), mounts) == "ext4"
    assert file_system(Path("/var/lib/other"), mounts) == "tmpfs"
    assert file_system(Path("/var/lib/linewatch/state"), mounts) == "xfs"
    assert file_system(Path("/home"), tmp_path / "none") == ""
