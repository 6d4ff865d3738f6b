"""Settings of the HTTP server."""

from typing import Annotated

from pydantic import Field

from linewatch.cloud.settings import Settings


class HttpSettings(Settings):
    """The table `[http]`: where the registry and `/health` are served. Port 0 takes any free one."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8440
