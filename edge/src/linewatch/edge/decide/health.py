"""Whether a camera delivers, as an event with a beginning and an end."""

import time
import uuid
from collections.abc import Callable
from typing import TypeAlias

from linewatch.edge.decide.event import HealthEvent, Phase

Emit: TypeAlias = Callable[[HealthEvent], None]
"""Takes what is to be told; may wait."""

_LONGEST = 200
"""Characters of a reason."""


class CameraHealth:
    """Opens an event when its camera fails, and closes it when a frame comes again. Of the camera's thread."""

    def __init__(self, camera: str, emit: Emit) -> None:
        """Begin healthy."""
        self._camera = camera
        self._emit = emit
        self._event_id = ""
        self._reason = ""

    def fails(self, reason: str) -> None:
        """It failed, or failed again: another reason is reported, the same one is not."""
        if not self._event_id:
            self._event_id = uuid.uuid4().hex
            self._tell(Phase.OPENED, reason)
        elif reason != self._reason:
            self._tell(Phase.UPDATED, reason)

    def delivers(self) -> None:
        """A frame came."""
        self._close(self._reason)

    def stops(self) -> None:
        """Nobody looks any more."""
        self._close(f"{self._reason}; the agent stopped")

    def _close(self, reason: str) -> None:
        if self._event_id:
            self._tell(Phase.CLOSED, reason)
            self._event_id = ""

    def _tell(self, phase: Phase, reason: str) -> None:
        self._reason = reason
        self._emit(
            HealthEvent(
                camera=self._camera,
                event_id=self._event_id,
                phase=phase,
                time_unix_ns=time.time_ns(),
                reason=_plain(reason),
            )
        )


def _plain(reason: str) -> str:
    """What a decoder said as one line that can be shown everywhere."""
    return "".join(sign if sign.isprintable() else " " for sign in reason)[:_LONGEST]
