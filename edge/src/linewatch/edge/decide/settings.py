"""When anomalous frames become an event."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from linewatch.edge.decide.event import Severity
from linewatch.edge.settings import Settings


class SeveritySettings(Settings):
    """The `severity` table of the decision settings.

    Attributes:
        medium, high: multiples of the threshold from which a score is of medium and of high severity.
        classes: severity by name of the defect class, whatever the score.
    """

    medium: Annotated[float, Field(ge=1)] = 1.5
    high: Annotated[float, Field(ge=1)] = 2.5
    classes: dict[str, Severity] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.medium > self.high:
            raise ValueError(f"medium = {self.medium} is above high = {self.high}; swap them")
        return self


class DecisionSettings(Settings):
    """The `[decision]` table.

    Attributes:
        open_after, open_window: an event opens when `open_after` of the last `open_window` frames are anomalous,
        min_seconds: and that has gone on for so long.
        close_after: it closes after so many normal frames in a row.
        close_below: share of the threshold below which a frame is normal for that; a frame between the two keeps the
            event open.
        max_seconds: an event is closed after so long, and opened anew while the anomaly stands; 0: it lasts as long.
        cool_down_seconds: after one event closed, the camera opens none for so long.
        update_seconds: while it is open, it is reported again at most every so many seconds.
        severity: how urgent it is.
        false_alarms_per_hour: what is promised for this camera; in place of what the bundle promises at its frame rate.
    """

    open_after: Annotated[int, Field(ge=1, le=100)] = 2
    open_window: Annotated[int, Field(ge=1, le=1000)] = 3
    min_seconds: Annotated[float, Field(ge=0)] = 0.0
    close_after: Annotated[int, Field(ge=1, le=100_000)] = 5
    close_below: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_seconds: Annotated[float, Field(ge=0)] = 0.0
    cool_down_seconds: Annotated[float, Field(ge=0)] = 0.0
    update_seconds: Annotated[float, Field(gt=0)] = 2.0
    severity: SeveritySettings = SeveritySettings()
    false_alarms_per_hour: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.open_after > self.open_window:
            raise ValueError(f"open_after = {self.open_after} can never happen in open_window = {self.open_window}")
        if self.max_seconds and self.max_seconds <= self.update_seconds:
            raise ValueError(f"max_seconds = {self.max_seconds} must be above update_seconds = {self.update_seconds}")
        return self
