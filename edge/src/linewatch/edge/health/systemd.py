"""What systemd wants to be told of a service of Type=notify (sd_notify(3)); nothing, where it did not start us."""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress


class ServiceManager:
    """Tells when the agent is ready, that it lives, and that it stops."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Take `NOTIFY_SOCKET` and `WATCHDOG_USEC` from the environment."""
        self._place = environment.get("NOTIFY_SOCKET", "")
        period = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._period_s = int(period) / 2e6 if period.isdecimal() and meant else None
        self._told_s = 0.0

    def ready(self) -> None:
        """Cameras are watched, or will be as soon as there is a bundle."""
        self._tell("READY=1")

    def alive(self, status: str) -> None:
        """The agent goes on; told twice in each period of the watchdog, which starts it again when it hears nothing."""
        now = time.monotonic()
        if self._period_s is not None and now - self._told_s >= self._period_s:
            self._told_s = now
            self._tell(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """It ends, and needs a moment for that."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        if not self._place:
            return
        address = "\0" + self._place[1:] if self._place.startswith("@") else self._place
        # A manager that does not listen, or a process that has no descriptor left, is no reason to stop.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as end:
            end.connect(address)
            end.send(text.encode())
