"""Settings of the status server and the watchdog."""

from typing import Annotated

from pydantic import AfterValidator

from linewatch.edge.listening import check_listen, split_listen
from linewatch.edge.settings import Settings


class HealthSettings(Settings):
    """The `[health]` table.

    Attributes:
        listen: host and port of the status page `/`, of `/status.json`, and of `/metrics` for Prometheus; none when
            empty. Whoever can connect can read, so keep it on the loopback or on a network of your own.
    """

    listen: Annotated[str, AfterValidator(lambda listen: check_listen(listen, "127.0.0.1:9641"))] = ""

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port, if there is to be a server."""
        return split_listen(self.listen)
