"""An event with a clip, from the camera to the message."""

import time
from pathlib import Path

import pytest
from structlog.typing import FilteringBoundLogger

from edge.keeping import keeping
from edge.tiny_bundle import grey_frame
from linewatch.edge.agent.agent import Agent
from linewatch.edge.capture.arrays import ArraySource
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.picture import Pixels
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.event import AnomalyEvent
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.evidence.settings import EvidenceSettings


class Slowly(ArraySource):
    """Fifty frames a second."""

    def read(self) -> Pixels | None:
        time.sleep(0.02)
        return super().read()


@pytest.mark.parametrize("wanted", [True, False])
def test_an_event_carries_its_clip_where_clips_are_wanted(
    bundle_folder: Path, log: FilteringBoundLogger, wanted: bool
) -> None:
    film = [grey_frame()] * 15 + [grey_frame(spot=True)] * 10 + [grey_frame()] * 10
    camera = Camera(name="c", open=lambda _: InProcess(Slowly(film)), live=False)
    events: list[AnomalyEvent] = []
    agent = Agent(
        [camera],
        record=keeping(events),
        log=log,
        decision=DecisionSettings(update_seconds=100),
        evidence=EvidenceSettings(clip_before_seconds=5, clip_after_seconds=5, clip_fps=30) if wanted else None,
    )
    agent.swap(bundle_folder)
    agent.start()
    agent.wait(30)
    agent.stop()
    clips = [event.evidence is not None and len(event.evidence.clip) > 0 for event in events]
    assert clips == [False, wanted]
