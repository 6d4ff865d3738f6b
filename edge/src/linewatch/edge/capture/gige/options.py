"""What stands behind `gige:`: which camera, and how it is set up.

gige:                       the first one that is found
gige:192.168.1.20           by address; also by name ("Vendor-Serial"), by serial number, or as the camera was called
gige:?pixel_format=Mono8&exposure_us=5000&gain=1&fps=100
gige:CAM-7?trigger=Line1    each edge at the input makes a frame, which shows a part of its own
"""

from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import Field, ValidationError

from linewatch.edge.errors import ConfigurationError
from linewatch.edge.settings import Settings, explain

SOFTWARE = "software"


class GigeOptions(Settings):
    """How a camera is set up. What is left out stays as the camera has it, but for triggers, which are then off.

    Attributes:
        device: address, name or serial number; empty for the first camera that is found.
        pixel_format: as GenICam calls it.
        exposure_us: microseconds. gain: in the camera's own unit. Either ends the camera's own adjustment of it.
        fps: frames per second; with `trigger=software`, how often it is triggered.
        x, y, width, height: the part of the sensor that is read, in pixels.
        packet_size: bytes of a packet on the network; found out when left out.
        trigger: `software`, or the name of an input, as `Line1`.
        buffers: frames that may wait in memory for the agent.
    """

    device: str = ""
    pixel_format: str = ""
    exposure_us: Annotated[float, Field(gt=0, le=1e9)] | None = None
    gain: Annotated[float, Field(ge=0, le=1e6)] | None = None
    fps: Annotated[float, Field(gt=0, le=100_000)] | None = None
    x: Annotated[int, Field(ge=0, le=65_535)] | None = None
    y: Annotated[int, Field(ge=0, le=65_535)] | None = None
    width: Annotated[int, Field(ge=1, le=65_536)] | None = None
    height: Annotated[int, Field(ge=1, le=65_536)] | None = None
    packet_size: Annotated[int, Field(ge=576, le=16_260)] | None = None
    trigger: str = ""
    buffers: Annotated[int, Field(ge=2, le=256)] = 8

    @property
    def waits_for_the_line(self) -> bool:
        """Whether frames come when something happens at an input: there may be none for any time."""
        return self.trigger not in ("", SOFTWARE)


def parse_gige(place: str) -> GigeOptions:
    """Understand what stands behind `gige:`.

    Raises:
        ConfigurationError: an unknown or impossible option; names it and the nearest known one.
    """
    device, _, query = place.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if options.get("trigger", "").lower() == SOFTWARE:
        options["trigger"] = SOFTWARE
    if "device" in options:
        raise ConfigurationError("GigE camera: it is named twice; write gige:NAME?... without device=")
    try:
        return GigeOptions.model_validate({"device": device, **options}, strict=False)
    except ValidationError as error:
        raise ConfigurationError(f"GigE camera: {explain(error, GigeOptions)}") from error
