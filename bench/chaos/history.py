"""What the transitions of one event may be, given what the line showed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from bench.chaos.line import CAMERA, PERIOD_FRAMES, RUN_FRAMES, Line
from linewatch.edge.decide.event import AnomalyEvent, Phase

OPENING_FRAMES = 2
"""Anomalous frames after which the agent opens an event."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One transition, and the boot that told of it: its place among the boots of the device."""

    boot: int
    event: AnomalyEvent


History = Sequence[Told]
"""The transitions of one event, in the order in which they were told."""


def run_of(event: AnomalyEvent) -> int:
    """Which run of anomalous frames of its boot the event is about, counted from 0."""
    return event.first_frame // PERIOD_FRAMES


def is_possible(history: History, line: Line, *, cut_short: bool) -> bool:
    """Whether an agent can have told this of the line; `cut_short`: the camera ended, or the agent died, in its run."""
    events = [told.event for told in history]
    in_order = events[0].phase is Phase.OPENED and all(event.phase is Phase.UPDATED for event in events[1:-1])
    return (
        in_order
        and all(_was_shown(event, line) for event in events)
        and _begins_well(events[0])
        and all(_goes_on(before, after) for before, after in pairwise(events))
        and _ends_well(history, cut_short=cut_short)
    )


def _was_shown(event: AnomalyEvent, line: Line) -> bool:
    first = run_of(event) * PERIOD_FRAMES + RUN_FRAMES
    return (
        (event.camera, event.bundle_digest, event.threshold) == (CAMERA, line.bundle_digest, line.threshold)
        and event.first_frame == first <= event.peak_frame <= event.last_frame < first + RUN_FRAMES
        and event.frames_anomalous == event.last_frame - event.first_frame + 1
        and abs(event.peak_score - line.score) <= line.tolerance * max(1.0, line.score)
        and event.time_unix_ns > 0
        and _has_evidence(event)
    )


def _begins_well(opened: AnomalyEvent) -> bool:
    return opened.frames_anomalous == OPENING_FRAMES


def _goes_on(before: AnomalyEvent, after: AnomalyEvent) -> bool:
    same_run = before.first_frame == after.first_frame
    more = after.frames_anomalous - before.frames_anomalous
    return same_run and after.time_unix_ns >= before.time_unix_ns and more >= (after.phase is Phase.UPDATED)


def _ends_well(history: History, *, cut_short: bool) -> bool:
    *earlier, last = history
    if len({told.boot for told in earlier}) > 1:
        return False
    if last.event.phase is not Phase.CLOSED or not earlier:
        return True  # it is lost, not wrong
    if last.boot != earlier[-1].boot:
        reported = earlier[-1].event
        return last.boot == earlier[-1].boot + 1 and replace(last.event, phase=reported.phase) == reported
    return cut_short or last.event.frames_anomalous == RUN_FRAMES


def _has_evidence(event: AnomalyEvent) -> bool:
    evidence = event.evidence
    if evidence is None or len(evidence.heat_map.cells) != evidence.heat_map.width * evidence.heat_map.height:
        return False
    crop = cv2.imdecode(np.frombuffer(evidence.crop_jpeg, np.uint8), cv2.IMREAD_COLOR)
    return crop is not None and crop.size > 0
