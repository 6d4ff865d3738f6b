from pathlib import Path

from linewatch.edge.doctor.disk import file_system


def test_the_nearest_mount_says_the_kind(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/sda / ext4 rw 0 0\ntmpfs /var/lib tmpfs rw 0 0\n/dev/sdb /var/lib/linewatch xfs rw 0 0\n")
    assert file_system(Path("/home"), mounts) == "ext4"
    assert file_system(Path("/var/lib/other"), mounts) == "tmpfs"
    assert file_system(Path("/var/lib/linewatch/state"), mounts) == "xfs"
    assert file_system(Path("/home"), tmp_path / "none") == ""
