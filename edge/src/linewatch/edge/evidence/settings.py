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
        clip_before_seconds, clip_after_seconds: what a clip shows before an event and after its beginning, at most
            until it closes; without both, or without `pictures`, there are no clips, and nothing is encoded.
        clip_fps: pictures a second in it.
        clip_width: its longer side in pixels; frames that are smaller stay as they are.
        clip_kilobytes: it is made worse until it is no larger than this.
        clip_memory_megabytes: for each camera, of pictures that wait to become part of a clip.
    """

    merge_gap: Annotated[float, Field(ge=0, le=1)] = 0.02
    regions: Annotated[int, Field(ge=1, le=64)] = 8
    pictures: bool = True
    clip_before_seconds: Annotated[float, Field(ge=0, le=60)] = 0.0
    clip_after_seconds: Annotated[float, Field(ge=0, le=60)] = 0.0
    clip_fps: Annotated[float, Field(gt=0, le=30)] = 5.0
    clip_width: Annotated[int, Field(ge=64, le=1920)] = 320
    clip_kilobytes: Annotated[int, Field(ge=16, le=4000)] = 300
    clip_memory_megabytes: Annotated[int, Field(ge=1, le=1024)] = 8

    @property
    def clips(self) -> bool:
        """Whether there are to be clips."""
        return self.pictures and self.clip_before_seconds + self.clip_after_seconds > 0
