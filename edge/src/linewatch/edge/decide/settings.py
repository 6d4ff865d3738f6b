"""When anomalous frames become an event."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from linewatch.edge.decide.event import Severity
from linewatch.edge.settings import Settings
from linewatch.protos.bundle import RegionOfInterest


class SeveritySettings(Settings):
    """The `severity` table of the decision settings.

    Attributes:
        medium, high: multiples of the threshold from which a score is of medium and of high severity.
        classes: severity by name of the defect class, whatever the score.
    """

    medium: Annotated[float, Field(ge=1)] = 1.25
    high: Annotated[float, Field(ge=1)] = 1.75
    classes: dict[str, Severity] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.medium > self.high:
            raise ValueError(f"medium = {self.medium} is above high = {self.high}; swap them")
        return self


class PartSettings(Settings):
    """The `part` table of the decision settings: what a part is where each gets a verdict.

    Attributes:
        by: what tells parts apart: a `trigger`, which numbers them, or a `gap`, when the gate is empty between them.
        after: a part is bad when so many of its frames are anomalous.
        frames: a part is over after so many frames of it; 0: when the next one comes or the gate is empty.
        gate: where parts pass, in shares of the frame: left, top, width, height. One part at a time should be in it.
        gap: frames for which the gate must be empty between two parts.
        contrast: grey levels (of 255) by which a place must differ from the empty gate to be covered.
        cover: share of the gate's places that a part covers at least.
        empty: picture of the empty view; learned from the first few hundred frames when left out, for which the gate
            must be empty a sixth of the time, and parts must not look all the same.
        verdict_socket: a Unix datagram socket that hears each verdict at once, as `part 4711 bad scratch`.
    """

    by: Literal["trigger", "gap"] = "trigger"
    after: Annotated[int, Field(ge=1, le=1000)] = 1
    frames: Annotated[int, Field(ge=0, le=10_000)] = 0
    gate: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    gap: Annotated[int, Field(ge=1, le=10_000)] = 2
    contrast: Annotated[int, Field(ge=1, le=255)] = 20
    cover: Annotated[float, Field(gt=0, le=1)] = 0.02
    empty: Path | None = None
    verdict_socket: Path | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not self.view.lies_in_the_frame:
            raise ValueError(
                f"gate = {list(self.gate)} is no part of the frame: write left, top, width, height as shares"
            )
        if self.frames and self.after > self.frames:
            raise ValueError(f"after = {self.after} can never happen in frames = {self.frames}")
        return self

    @property
    def view(self) -> RegionOfInterest:
        """The gate."""
        left, top, width, height = self.gate
        return RegionOfInterest(left=left, top=top, width=width, height=height)


class DecisionSettings(Settings):
    """The `[decision]` table.

    Attributes:
        mode: `stream` watches a scene and tells of events; `part` gives one verdict on each part of a line, to which
            `part`, `severity` and `false_alarms_per_hour` apply, and nothing else here.
        open_after, open_window: an event opens when `open_after` of the last `open_window` frames are anomalous,
        min_seconds: and that has gone on for so long.
        close_after: it closes after so many normal frames in a row.
        close_below: share of the threshold below which a frame is normal for that; a frame between the two keeps the
            event open.
        max_seconds: an event is closed after so long, and opened anew while the anomaly stands; 0: it lasts as long.
        cool_down_seconds: after one event closed, the camera opens none for so long.
        update_seconds: while it is open, it is reported again at most every so many seconds.
        severity: how urgent it is.
        part: what a part is.
        false_alarms_per_hour: what is promised for this camera; in place of what the bundle promises at its frame rate.
    """

    mode: Literal["stream", "part"] = "stream"
    open_after: Annotated[int, Field(ge=1, le=100)] = 2
    open_window: Annotated[int, Field(ge=1, le=1000)] = 3
    min_seconds: Annotated[float, Field(ge=0)] = 0.0
    close_after: Annotated[int, Field(ge=1, le=100_000)] = 5
    close_below: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_seconds: Annotated[float, Field(ge=0)] = 0.0
    cool_down_seconds: Annotated[float, Field(ge=0)] = 0.0
    update_seconds: Annotated[float, Field(gt=0)] = 2.0
    severity: SeveritySettings = SeveritySettings()
    part: PartSettings = PartSettings()
    false_alarms_per_hour: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.open_after > self.open_window:
            raise ValueError(f"open_after = {self.open_after} can never happen in open_window = {self.open_window}")
        if self.max_seconds and self.max_seconds <= self.update_seconds:
            raise ValueError(f"max_seconds = {self.max_seconds} must be above update_seconds = {self.update_seconds}")
        return self
