"""When anomalous frames become an event."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from linewatch.edge.settings import Settings


class DecisionSettings(Settings):
    """The `[decision]` table.

    Attributes:
        open_after, open_window: an event opens when `open_after` of the last `open_window` frames are anomalous.
        close_after: it closes after so many normal frames in a row.
        update_seconds: while it is open, it is reported again at most every so many seconds.
        false_alarms_per_hour: what is promised for this camera; in place of what the bundle promises at its frame rate.
    """

    open_after: Annotated[int, Field(ge=1, le=100)] = 2
    open_window: Annotated[int, Field(ge=1, le=1000)] = 3
    close_after: Annotated[int, Field(ge=1, le=100_000)] = 5
    update_seconds: Annotated[float, Field(gt=0)] = 2.0
    false_alarms_per_hour: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _window_is_large_enough(self) -> Self:
        if self.open_after > self.open_window:
            raise ValueError(f"open_after = {self.open_after} can never happen in open_window = {self.open_window}")
        return self
