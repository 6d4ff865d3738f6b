"""Settings of the status server and the watchdog."""

from typing import Annotated

from pydantic import AfterValidator

from linewatch.edge.settings import Settings


def _checked(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    if listen and not (host and port.isdecimal() and int(port) < 1 << 16):
        raise ValueError(f"write a host and a port, as in 127.0.0.1:9641, not {listen!r}")
    return listen


class HealthSettings(Settings):
    """The `[health]` table.

    Attributes:
        listen: host and port of the status page `/`, of `/status.json`, and of `/metrics` for Prometheus; none when
            empty. Whoever can connect can read, so keep it on the loopback or on a network of your own.
    """

    listen: Annotated[str, AfterValidator(_checked)] = ""

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port, if there is to be a server."""
        host, _, port = self.listen.rpartition(":")
        return (host, int(port)) if self.listen else None
