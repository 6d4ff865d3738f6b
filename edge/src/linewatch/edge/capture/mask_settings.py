"""How a camera's mask is told: a picture, or corners."""

from pathlib import Path
from typing import Annotated, Self, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.mask import Mask
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.settings import Settings

Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Corner: TypeAlias = tuple[Share, Share]

_SIDE = 1024
"""Places along a side at which polygons are drawn."""
_DARK = 128


class MaskSettings(Settings):
    """What is not to be looked at.

    Attributes:
        picture: a picture of any size that is laid over the frame: what is darker than middle grey is not looked at.
        polygons: corners from the left and from the top, in shares of the frame; what is inside is not looked at.
    """

    picture: Path | None = None
    polygons: tuple[Annotated[tuple[Corner, ...], Field(min_length=3, max_length=1000)], ...] = ()

    @model_validator(mode="after")
    def _hides_something(self) -> Self:
        if self.picture is None and not self.polygons:
            raise ValueError(
                'it hides nothing; name a picture = "mask.png", or polygons = [[[0, 0], [0.2, 0], [0, 1]]]'
            )
        return self


def load_mask(settings: MaskSettings) -> Mask:
    """The mask that `settings` ask for.

    Raises:
        ConfigurationError: the picture is none, or nothing or everything is hidden.
    """
    import cv2  # not for those who only read settings

    drawn = np.zeros((_SIDE, _SIDE), np.uint8)
    for polygon in settings.polygons:
        corners = np.round(np.array(polygon) * _SIDE).astype(np.int32)
        cv2.fillPoly(drawn, [corners], 1)
    if settings.picture is None:
        return Mask(drawn.astype(bool))
    picture = _read(settings.picture)
    height, width = (max(_SIDE, side) for side in picture.shape)
    layers = [cv2.resize(layer, (width, height), interpolation=cv2.INTER_NEAREST) for layer in (drawn, picture)]
    return Mask(np.logical_or(*layers))


def _read(path: Path) -> UInt8Array:
    """1 where the picture is dark, uint8[h, w]."""
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise ConfigurationError(f"cannot read the mask {path}: {error.strerror}") from error
    grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if grey is None:
        raise ConfigurationError(f"the mask {path} is broken or not a picture")
    return np.asarray(grey < _DARK, np.uint8)
