"""Settings of the ring."""

from typing import Annotated

from pydantic import Field

from linewatch.edge.settings import Settings


class RingSettings(Settings):
    """The `[ring]` table: what may wait for inference, for each camera.

    Attributes:
        frames: most frames that wait.
        megabytes: most memory that waiting frames hold, in 10^6 bytes; one frame may always wait.
    """

    frames: Annotated[int, Field(ge=1, le=256)] = 4
    megabytes: Annotated[int, Field(ge=1, le=4096)] = 32
