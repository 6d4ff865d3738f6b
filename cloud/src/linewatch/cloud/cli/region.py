"""Regions of frames as people type them."""

import re
from typing import TYPE_CHECKING

from linewatch.cloud.errors import WrongUse

if TYPE_CHECKING:
    from linewatch.cloud.training.region import AskedRegion

_NUMBER = r"\s*(\d{1,5}(?:\.\d+)?|\.\d+)\s*"
_REGION = re.compile(",".join([_NUMBER] * 4))


def parse_region(text: str) -> "AskedRegion | None":
    """The region of `LEFT,TOP,WIDTH,HEIGHT`; None of an empty text.

    Raises:
        WrongUse: it is neither.
    """
    from linewatch.cloud.training.region import AskedRegion

    if not text:
        return None
    match = _REGION.fullmatch(text)
    if match is None:
        raise WrongUse(
            f"'{text}' is no region: write left, top, width and height, in pixels as in 320,0,640,480, or in shares of "
            "the frame as in 0.25,0,0.5,1"
        )
    left, top, width, height = map(float, match.groups())
    return AskedRegion(left=left, top=top, width=width, height=height)
