"""Settings of the local page."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from linewatch.edge.listening import check_listen, split_listen
from linewatch.edge.settings import Settings

EXAMPLE = "127.0.0.1:9642"


class PageTlsSettings(Settings):
    """The table `[page.tls]`. Present means that the page speaks HTTPS.

    Attributes:
        certificate_file: certificate of the device, and those above it (PEM).
        key_file: its key (PEM).
    """

    certificate_file: Path
    key_file: Path


class PageSettings(Settings):
    """The table `[page]`.

    Attributes:
        listen: host and port; without it there is no page.
        password_file: file whose first line is the password, or what `linewatch-edge page password` printed.
        password_env: name of the environment variable that holds the same.
        tls: certificate and key for HTTPS; without it passwords and pictures can be read on the way.
        session_hours: how long somebody stays logged in.
        live_fps: most pictures a second of each camera that are painted while somebody looks.
        viewers: most people who look at live pictures at the same time.
        events: how many of the last events are shown.
    """

    listen: Annotated[str, AfterValidator(lambda listen: check_listen(listen, EXAMPLE))] = ""
    password_file: Path | None = None
    password_env: str = ""
    tls: PageTlsSettings | None = None
    session_hours: float = Field(default=12.0, gt=0.0, le=24 * 30)
    live_fps: float = Field(default=4.0, gt=0.0, le=25.0)
    viewers: int = Field(default=4, ge=1, le=16)
    events: int = Field(default=100, ge=1, le=1000)

    @model_validator(mode="after")
    def _has_one_password(self) -> Self:
        if self.password_file is not None and self.password_env:
            raise ValueError("password_file and password_env both name the password; keep one")
        if self.listen and self.password_file is None and not self.password_env:
            raise ValueError("the page needs a password: name a password_file or a password_env")
        return self

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port, if there is to be a page."""
        return split_listen(self.listen)
