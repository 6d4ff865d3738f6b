"""Settings of what people are shown of an anomaly."""

from typing import Annotated

from pydantic import Field

from linewatch.edge.settings import Settings


class EvidenceSettings(Settings):
    """The `[evidence]` table.

    Attributes:
        merge_gap: anomalous regions that overlap, or are no further apart than this share of the frame's width and
            height, are one.
        regions: at most so many are told of, the strongest.
        pictures: send a JPEG of the strongest region and a heat map; without them an event is some hundred bytes.
    """

    merge_gap: Annotated[float, Field(ge=0, le=1)] = 0.02
    regions: Annotated[int, Field(ge=1, le=64)] = 8
    pictures: bool = True
