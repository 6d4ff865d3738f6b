"""The socket between a camera's process and the agent."""

import os
import socket
import struct
import sys
from typing import TypeAlias

from linewatch.edge.capture.isolation.message import MOST_BYTES, Message, decode, encode

Received: TypeAlias = tuple[Message, int | None]
"""A message, and the descriptor that came along, if any; whoever receives it closes it."""

_ONE_DESCRIPTOR = socket.CMSG_LEN(struct.calcsize("i"))


class Wire:
    """Datagrams that keep their order and their limits (SOCK_SEQPACKET)."""

    def __init__(self, end: socket.socket) -> None:
        """Talk through `end`, which belongs to the wire from now on."""
        self._end = end

    @classmethod
    def pair(cls) -> "tuple[Wire, socket.socket]":
        """A wire, and the other end for a process that is to be started."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return cls(ours), theirs

    def fileno(self) -> int:
        """For `select`."""
        return self._end.fileno()

    def send(self, message: Message, descriptor: int | None = None) -> None:
        """Send; waits while the other side has too much to read, but never with a descriptor.

        Raises:
            BlockingIOError: with a descriptor, the other side does not read.
            OSError: the other side is gone.
        """
        if descriptor is None:
            self._end.send(encode(message))
        else:
            # `socket.send_fds` would do, if it passed its flags on.
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptor.to_bytes(4, sys.byteorder))
            self._end.sendmsg([encode(message)], [rights], socket.MSG_DONTWAIT)

    def try_send(self, message: Message) -> bool:
        """Send without waiting; False when it cannot be sent now. May be called from anywhere, `__del__` too."""
        try:
            self._end.send(encode(message), socket.MSG_DONTWAIT)
            return True
        except OSError:
            return False

    def receive(self, *, wait: bool = True) -> Received | None:
        """The next message; without `wait`, None when there is none yet.

        Raises:
            EOFError: the other side is gone.
            CameraError: it is no message.
        """
        try:
            datagram, ancillary = self._receive(wait=wait)
        except BlockingIOError:
            return None
        descriptor = _descriptor(ancillary)
        try:
            if not datagram:
                raise EOFError
            return decode(datagram), descriptor
        except Exception:
            if descriptor is not None:
                os.close(descriptor)
            raise

    def _receive(self, *, wait: bool) -> tuple[bytes, list[tuple[int, int, bytes]]]:
        flags = socket.MSG_CMSG_CLOEXEC | (0 if wait else socket.MSG_DONTWAIT)
        while True:
            try:
                datagram, ancillary, _, _ = self._end.recvmsg(MOST_BYTES, _ONE_DESCRIPTOR, flags)
                return datagram, ancillary
            except ConnectionResetError:
                # Said once, and first, where the other side left something unread; what it sent waits behind it.
                continue

    def close(self) -> None:
        """Hang up. May be called twice."""
        self._end.close()


def _descriptor(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    # `socket.recv_fds` would do, if it passed its flags on.
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS) and len(data) >= struct.calcsize("i"):
            return int(struct.unpack_from("i", data)[0])
    return None
