"""A line of parts, from the camera to the message and the gate."""

import socket
from pathlib import Path

import cv2
import numpy as np
from structlog.typing import FilteringBoundLogger

from edge.keeping import keeping
from edge.tiny_bundle import CELL, make_bundle
from linewatch.edge.agent.agent import Agent
from linewatch.edge.capture.arrays import ArraySource
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.event import AnomalyEvent, Phase, Severity
from linewatch.edge.decide.settings import DecisionSettings, PartSettings

EMPTY = np.full((96, 128, 3), 128, np.uint8)


def part(*, bad: bool) -> UInt8Array:
    """A bright part; a bad one has a black hole."""
    frame = EMPTY.copy()
    frame[:, CELL : 3 * CELL] = 220
    if bad:
        frame[CELL : 2 * CELL, 2 * CELL : 3 * CELL] = 0
    return frame


def film(pattern: str) -> list[UInt8Array]:
    """`.` is the empty belt, `g` a part, `x` a part whose hole shows."""
    shown = {".": EMPTY, "g": part(bad=False), "x": part(bad=True)}
    return [shown[sign] for sign in pattern]


def test_each_part_gets_a_verdict_at_the_gate_and_bad_ones_a_message(tmp_path: Path, log: FilteringBoundLogger) -> None:
    cv2.imwrite(str(tmp_path / "empty.png"), EMPTY)
    place = tmp_path / "gate.sock"
    rules = DecisionSettings(
        mode="part",
        part=PartSettings(by="gap", after=2, empty=tmp_path / "empty.png", verdict_socket=place),
    )
    make_bundle(tmp_path / "bundle", classes={"hole": (0.577, 0.577, 0.577)})
    camera = Camera(
        name="line", open=lambda _: InProcess(ArraySource(film("..ggg...gxxg..gxg...ggg...xx"))), live=False
    )
    events: list[AnomalyEvent] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gate:
        gate.bind(str(place))
        gate.settimeout(5)
        agent = Agent([camera], record=keeping(events), log=log, decision=rules)
        agent.swap(tmp_path / "bundle")
        agent.start()
        agent.wait(30)
        (report,) = agent.stop().cameras
        heard = [gate.recv(100).decode() for _ in range(5)]
    assert heard == ["part 1 good", "part 2 bad hole", "part 3 good", "part 4 good", "part 5 bad hole"]
    assert [(event.part, event.phase, event.first_frame, event.frames_anomalous) for event in events] == [
        (2, Phase.CLOSED, 8, 2),
        (5, Phase.CLOSED, 26, 2),
    ]
    assert all(event.evidence is not None and event.severity is Severity.HIGH for event in events)
    assert report.parts is not None
    assert (report.parts.good, report.parts.bad, report.parts.unheard) == (3, 2, 0)
    assert (report.events_opened, report.events_closed, report.alarms.recent.events) == (0, 2, 2)
