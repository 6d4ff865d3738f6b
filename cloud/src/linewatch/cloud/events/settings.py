"""Settings of the event store and of what feeds it."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from linewatch.cloud.settings import Settings


class StoreSettings(Settings):
    """The table `[events.store]`.

    Attributes:
        url: database as SQLAlchemy writes it, `sqlite:///events.db` or `postgresql+psycopg://user@host/name`.
        quarantine_limit: most refused messages kept; beyond it the oldest go.
    """

    url: str = Field(default="sqlite:///events.db", min_length=1)
    quarantine_limit: int = Field(default=10_000, ge=1)


class TlsSettings(Settings):
    """The table `[events.tls]`. Present means encrypted; the broker's certificate is always checked.

    Attributes:
        ca_file: authorities to trust (PEM); the system's when absent.
        certificate_file, key_file: our own certificate and key (PEM), when the broker asks for them.
    """

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together; give both or neither")
        return self


class EventsSettings(Settings):
    """The table `[events]`: the subscriber that turns messages into rows. Where the broker is, `[broker]` says.

    Attributes:
        client_id: name of the persistent session at the broker; two clouds on one broker need two names.
        protocol: `auto` speaks MQTT 3.1.1, which costs a fraction of 5 for each event, and 5 where the broker
            refuses it.
        username, password_file, password_env: who we are to the broker; the password is a file's first line
            or an environment variable.
        batch_messages: most messages committed by one transaction.
        max_payload_bytes: larger messages are quarantined, cut to this size.
        reconnect_min_seconds, reconnect_max_seconds: pause after a failure of broker or database; doubles, with jitter.
    """

    store: StoreSettings = StoreSettings()
    client_id: str = Field(default="linewatch-cloud", min_length=1, max_length=64)
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    username: str = ""
    password_file: Path | None = None
    password_env: str = ""
    tls: TlsSettings | None = None
    keepalive_seconds: int = Field(default=30, ge=1, le=3600)
    connect_timeout_seconds: float = Field(default=5.0, gt=0.0, le=120.0)
    batch_messages: int = Field(default=256, ge=1, le=10_000)
    max_payload_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)
    reconnect_min_seconds: float = Field(default=0.2, gt=0.0)
    reconnect_max_seconds: float = Field(default=10.0, gt=0.0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.password_file is not None and self.password_env:
            raise ValueError("password_file and password_env both name the password; keep one")
        if (self.password_file is not None or self.password_env) and not self.username:
            raise ValueError("a password needs a username beside it")
        if self.reconnect_max_seconds < self.reconnect_min_seconds:
            raise ValueError("reconnect_max_seconds is below reconnect_min_seconds")
        return self
