"""What the bench of power cuts says of a disk that keeps everything, and of one that does not."""

import os
import random
from pathlib import Path

import pytest
from bench.cut_disk import CutDisk, why_not
from bench.power_cuts import Found, cut_while_spooling

needs_disk = pytest.mark.skipif(bool(why_not()), reason=f"no power can be cut: {why_not()}")


@needs_disk
def test_what_was_not_synchronized_is_gone_and_the_rest_is_there(tmp_path: Path) -> None:
    with CutDisk.made(tmp_path) as disk:
        kept, lost = disk.place / "kept", disk.place / "lost"
        with kept.open("wb") as file:
            file.write(b"here")
            file.flush()
            os.fsync(file.fileno())
        lost.write_bytes(b"gone")
        disk.cut()
        with pytest.raises(OSError, match="error"):
            (disk.place / "more").write_bytes(b"x")
        disk.unmount()
        disk.mount()
        assert kept.read_bytes() == b"here"
        assert not lost.exists()


@needs_disk
def test_acknowledged_events_outlive_a_cut(tmp_path: Path) -> None:
    found = Found()
    with CutDisk.made(tmp_path) as disk:
        cut_while_spooling(disk, 0, found, random.Random(1))
    assert (found.cuts, found.lost, found.torn) == (1, 0, 0)
    assert found.acknowledged > 0
