"""Settings of the publisher: where the broker is, who we are to it, and how patient we are."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from linewatch.edge.secret import read_secret
from linewatch.edge.settings import Settings

ViewName = Literal["json", "home-assistant", "sparkplug-b"]


class TlsSettings(Settings):
    """The table `[publish.tls]`. Present means encrypted; the broker's certificate is always checked.

    Attributes:
        ca_file: authorities to trust (PEM); the system's when absent.
        certificate_file, key_file: the device's own certificate and key (PEM), when the broker asks for them.
    """

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together; give both or neither")
        return self


class PublishSettings(Settings):
    """The table `[publish]`.

    Attributes:
        host, port: the broker.
        protocol: `auto` speaks MQTT 5 and falls back to 3.1.1 where the broker refuses it.
        username: name at the broker; empty for none.
        password_file: file whose first line is the password.
        password_env: name of the environment variable that holds the password.
        window_messages, window_bytes: how much may be on its way without the cloud's acknowledgement. It begins with
            less, grows with what is acknowledged, and shrinks when acknowledgements fail to come.
        ack_timeout_seconds: a message not acknowledged by then is sent again; doubles each time up to
            `ack_timeout_max_seconds`.
        reconnect_min_seconds, reconnect_max_seconds: longest pause between attempts to connect; doubles. How much of it
            is waited is left to chance, so that devices do not knock together.
        reconnect_spread_seconds: the first attempt after a connection was lost comes within so many seconds.
        status_interval_seconds: how often the retained status is refreshed.
        also: other ways to show the events, at the same broker, beside the durable stream.
        drain_seconds: how long a clean stop waits for the cloud to acknowledge what is left.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=1883, ge=1, le=65535)
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    username: str = ""
    password_file: Path | None = None
    password_env: str = ""
    tls: TlsSettings | None = None
    keepalive_seconds: int = Field(default=30, ge=1, le=3600)
    connect_timeout_seconds: float = Field(default=5.0, gt=0.0, le=120.0)
    window_messages: int = Field(default=512, ge=1, le=10_000)
    window_bytes: int = Field(default=4 * 1024 * 1024, ge=1)
    ack_timeout_seconds: float = Field(default=10.0, gt=0.0)
    ack_timeout_max_seconds: float = Field(default=60.0, gt=0.0)
    reconnect_min_seconds: float = Field(default=0.5, gt=0.0)
    reconnect_max_seconds: float = Field(default=30.0, gt=0.0)
    reconnect_spread_seconds: float = Field(default=5.0, ge=0.0)
    status_interval_seconds: float = Field(default=60.0, gt=0.0)
    drain_seconds: float = Field(default=10.0, ge=0.0)
    also: tuple[ViewName, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.password_file is not None and self.password_env:
            raise ValueError("password_file and password_env both name the password; keep one")
        if (self.password_file is not None or self.password_env) and not self.username:
            raise ValueError("a password needs a username beside it")
        if self.ack_timeout_max_seconds < self.ack_timeout_seconds:
            raise ValueError("ack_timeout_max_seconds is below ack_timeout_seconds")
        if self.reconnect_max_seconds < self.reconnect_min_seconds:
            raise ValueError("reconnect_max_seconds is below reconnect_min_seconds")
        return self


def password(settings: PublishSettings) -> str | None:
    """The password that `settings` point to; None when they name none.

    Raises:
        ConfigurationError: the file cannot be read or is empty, or the variable is not set.
    """
    return read_secret("publish", settings.password_file, settings.password_env)
