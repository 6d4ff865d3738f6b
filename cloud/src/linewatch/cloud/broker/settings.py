"""Settings of the broker."""

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from linewatch.cloud.settings import Settings


class BrokerSettings(Settings):
    """The table `[broker]`.

    Attributes:
        kind: `embedded` runs a small MQTT 3.1.1 broker in the process (a demo, a bench, a handful of devices);
            `external` uses one that somebody else runs, for example mosquitto, at the same address.
        host: address to listen on, or the external broker's.
        port: 0 lets the system choose a free one (embedded only).
        users_file: lines `name:password` of who may connect to the embedded broker. Without it anybody may, which is
            allowed on a loopback address alone.
    """

    kind: Literal["embedded", "external"] = "embedded"
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=1883, ge=0, le=65535)
    users_file: Path | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "external" and self.port == 0:
            raise ValueError("an external broker has a port; write it instead of 0")
        if self.kind == "external" and self.users_file is not None:
            raise ValueError("users_file belongs to the embedded broker; an external one keeps its own")
        if self.kind == "embedded" and self.users_file is None and not is_loopback(self.host):
            raise ValueError(
                f"the embedded broker on {self.host} would let anybody in; set users_file, or host = '127.0.0.1'"
            )
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`. Names other than `localhost` count as reachable by others."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
