"""A disk whose power can be cut: ext4 on a loop device, shut down without writing anything more."""

import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32)."""
_NO_LOG_FLUSH = 2
_MEGABYTES = 192
_TOOLS = ("mkfs.ext4", "mount", "umount", "losetup")
_PATIENCE_S, _POLL_S = 30.0, 0.01


def why_not() -> str:
    """Why no such disk can be made here; empty when one can."""
    if os.geteuid() != 0:
        return "it takes root to mount a file system"
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return f"there is no {missing[0]}; install e2fsprogs and mount"
    return "" if Path("/dev/loop-control").exists() else "there are no loop devices"


class CutDisk:
    """One disk, mounted at `place`. What was written to it and not synchronized is lost by `cut`.

    What the file system handed to the device is kept: a device that loses its own cache is not imitated.
    """

    def __init__(self, image: Path, place: Path) -> None:
        """Make it."""
        self.place = place
        self._image = image
        with image.open("wb") as file:
            file.truncate(_MEGABYTES << 20)
        _run("mkfs.ext4", "-q", "-F", str(image))
        place.mkdir()
        self.mount()

    def mount(self) -> None:
        """Mount it, as a machine does that starts: the journal is played back."""
        _run("mount", "-o", "loop", str(self._image), str(self.place))

    def cut(self) -> None:
        """Cut the power. Everything on it fails from now on, until it is mounted anew."""
        descriptor = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """Take it off, and wait until the system has let go of it: else the next mount would find it as it was.

        Raises:
            TimeoutError: somebody else holds it.
        """
        _run("umount", str(self.place))
        limit_s = time.monotonic() + _PATIENCE_S
        while _run("losetup", "--associated", str(self._image)):
            if time.monotonic() > limit_s:
                raise TimeoutError(f"somebody holds the disk {self._image}")
            time.sleep(_POLL_S)

    @classmethod
    @contextmanager
    def made(cls, folder: Path) -> Iterator["CutDisk"]:
        """A disk in `folder`, taken off afterwards."""
        disk = cls(folder / "disk.img", folder / "disk")
        try:
            yield disk
        finally:
            with suppress(subprocess.CalledProcessError, TimeoutError):
                disk.unmount()


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
