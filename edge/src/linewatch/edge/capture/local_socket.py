"""Sockets of this machine, at which programs of the line are heard."""

import errno
import socket
import stat
from pathlib import Path

_MODE = 0o660


def bound_at(path: Path, kind: socket.SocketKind) -> socket.socket:
    """A Unix socket of a kind at `path`, for its own user and group.

    The socket of an agent that was killed is removed; one that somebody listens at stays.

    Raises:
        OSError: there can be none, or somebody listens there.
    """
    end = socket.socket(socket.AF_UNIX, kind)
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
            _remove_abandoned(path, kind)
        end.bind(str(path))
        path.chmod(_MODE)
    except OSError:
        end.close()
        raise
    return end


def _remove_abandoned(path: Path, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_UNIX, kind) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, "another camera or agent listens there")
