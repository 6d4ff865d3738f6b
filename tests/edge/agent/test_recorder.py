import dataclasses
import threading
import time

import numpy as np
import pytest
from structlog.testing import capture_logs
from structlog.typing import FilteringBoundLogger

from brokers import until
from edge.judged import judged
from edge.keeping import keeping
from edge.tiny_bundle import grey_frame
from linewatch.edge.agent import recorder as recorder_module
from linewatch.edge.agent.recorder import Recorder
from linewatch.edge.capture.frame import Frame
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import AnomalyEvent, Event, EventIdentity, HealthEvent, Phase
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.errors import EventTooLarge, SpoolStorageError
from linewatch.edge.evidence.still import Still
from linewatch.edge.evidence.still_ring import StillRing
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.verdict import Judged


def draft(peak: Judged, phase: Phase = Phase.OPENED) -> Draft:
    return Draft(event_id="e", phase=phase, time_unix_ns=9, first_frame=1, last_frame=3, frames_anomalous=2, peak=peak)


def test_a_draft_becomes_an_event_with_the_evidence_of_its_peak(model: Model, log: FilteringBoundLogger) -> None:
    pixels = grey_frame(spot=True)
    peak = Judged(Frame("line", 2, pixels, 5, 0.0), model.judge(pixels))
    kept: list[AnomalyEvent] = []
    recorder = Recorder(keeping(kept), log)
    recorder.start()
    recorder.submit(draft(peak))
    recorder.submit(draft(peak, Phase.CLOSED))
    recorder.close()
    opened, closed = kept
    assert (opened.camera, opened.peak_frame, opened.frame_width, opened.frame_height) == ("line", 2, 128, 96)
    assert (opened.first_frame, opened.last_frame, opened.frames_anomalous, opened.time_unix_ns) == (1, 3, 2, 9)
    assert (opened.peak_score, opened.threshold, opened.bundle_digest) == (2.0, 1.0, model.digest)
    assert opened.evidence is not None
    assert closed == dataclasses.replace(opened, phase=Phase.CLOSED)
    assert (recorder.recorded, recorder.lost) == (2, 0)


def test_a_spool_that_fails_for_a_while_loses_nothing(
    log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "_RETRY_S", 0.01)
    kept: list[AnomalyEvent] = []
    failures = iter(range(3))

    def record(event: Event) -> None:
        if next(failures, None) is not None:
            raise SpoolStorageError("disk full")
        keeping(kept)(event)

    recorder = Recorder(record, log)
    recorder.start()
    for number in range(40):
        recorder.submit(draft(judged(number, 2.0)))
    recorder.close()
    assert [event.peak_frame for event in kept] == list(range(40))
    assert recorder.lost == 0


def test_nobody_waits_for_a_spool_that_fails_and_what_was_given_up_is_told(
    log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "_RETRY_S", 0.05)
    kept: list[AnomalyEvent] = []
    told: list[int] = []
    works = threading.Event()

    def record(event: Event) -> None:
        if not works.is_set():
            raise SpoolStorageError("disk full")
        keeping(kept)(event)

    recorder = Recorder(record, log, pass_over=told.append)
    recorder.start()
    with capture_logs() as logs:
        began = time.monotonic()
        recorder.submit(draft(judged(0, 2.0)))
        for number in range(1, 1500):
            recorder.submit(draft(judged(number, 2.0), Phase.UPDATED))
        recorder.submit(draft(judged(1500, 2.0), Phase.CLOSED))
        assert until(lambda: recorder.held == 1000)
        assert time.monotonic() - began < 20
        assert recorder.trouble == "disk full"
        time.sleep(0.3)
    assert [line["event"] for line in logs] == ["events wait in memory"]
    works.set()
    recorder.close()
    assert (kept[0].phase, kept[-1].phase) == (Phase.OPENED, Phase.CLOSED)
    assert [event.peak_frame for event in kept[1:-1]] == list(range(502, 1500))  # the oldest went first
    assert (recorder.trouble, recorder.lost, told) == ("", 501, [501])


def test_a_disk_that_hangs_holds_up_judging_for_a_moment_alone(
    log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "_PATIENCE_S", 0.1)
    kept: list[AnomalyEvent] = []
    told: list[int] = []
    answers = threading.Event()

    def record(event: Event) -> None:
        answers.wait(30)
        keeping(kept)(event)

    recorder = Recorder(record, log, pass_over=told.append)
    recorder.start()
    began = time.monotonic()
    for number in range(100):
        recorder.submit(draft(judged(number, 2.0), Phase.UPDATED if number % 10 else Phase.OPENED))
    assert time.monotonic() - began < 5
    assert "does not answer" in recorder.trouble
    answers.set()
    recorder.close()
    assert {event.peak_frame for event in kept} >= set(range(10, 100, 10))
    assert sum(told) == recorder.lost == 100 - len(kept)


def test_a_spool_that_never_works_is_given_up_at_the_end_and_counted(log: FilteringBoundLogger) -> None:
    def record(event: Event) -> None:
        raise SpoolStorageError("disk full")

    recorder = Recorder(record, log)
    recorder.start()
    recorder.submit(draft(judged(0, 2.0)))
    recorder.submit(draft(judged(1, 2.0)))
    recorder.hurry(0.1)
    recorder.close()
    assert (recorder.recorded, recorder.lost) == (0, 2)


@pytest.mark.parametrize("error", [EventTooLarge("too large"), ValueError("a fault"), ZeroDivisionError("a bug")])
def test_an_event_that_can_never_be_kept_does_not_stop_the_next(log: FilteringBoundLogger, error: Exception) -> None:
    kept: list[AnomalyEvent] = []

    def record(event: Event) -> None:
        if isinstance(event, AnomalyEvent) and event.peak_frame == 0:
            raise error
        keeping(kept)(event)

    recorder = Recorder(record, log)
    recorder.start()
    recorder.submit(draft(judged(0, 2.0)))
    recorder.submit(draft(judged(1, 2.0)))
    recorder.close()
    assert [event.peak_frame for event in kept] == [1]
    assert (recorder.recorded, recorder.lost) == (1, 1)


def test_events_about_cameras_are_kept_as_they_are(log: FilteringBoundLogger) -> None:
    kept: list[Event] = []
    recorder = Recorder(kept.append, log)
    recorder.start()
    event = HealthEvent(camera="c", event_id="e", phase=Phase.OPENED, time_unix_ns=1, reason="cable pulled")
    recorder.submit(event)
    recorder.close()
    assert kept == [event]


def filmed(peak: Judged, number: int) -> Draft:
    ring = StillRing(fps=5, width=64, seconds=10, max_bytes=1_000_000)
    for at in range(10):
        ring.see(dataclasses.replace(peak.frame, clock_s=at / 5))
    return dataclasses.replace(draft(peak), event_id=f"e{number}", film=ring.cut(0, 10))


def test_a_draft_with_pictures_becomes_an_event_with_a_clip(model: Model, log: FilteringBoundLogger) -> None:
    pixels = grey_frame(spot=True)
    peak = Judged(Frame("line", 2, pixels, 5, 0.0), model.judge(pixels))
    kept: list[AnomalyEvent] = []
    recorder = Recorder(keeping(kept), log)
    recorder.start()
    recorder.submit(filmed(peak, 0))
    recorder.submit(draft(peak, Phase.CLOSED))
    recorder.close()
    with_clip, without = (event.evidence for event in kept)
    assert with_clip is not None
    assert without is not None
    assert with_clip.clip_type in ("video/mp4", "video/webm")
    assert len(with_clip.clip) > 500
    assert dataclasses.replace(with_clip, clip=b"", clip_type="") == without


def test_no_worker_waits_for_a_clip(model: Model, log: FilteringBoundLogger) -> None:
    pixels = grey_frame(spot=True)
    peak = Judged(Frame("line", 2, pixels, 5, 0.0), model.judge(pixels))
    kept: list[AnomalyEvent] = []
    recorder = Recorder(keeping(kept), log)
    for number in range(14):
        recorder.submit(filmed(peak, number))
    recorder.start()
    recorder.close()
    clips = [event.evidence is not None and bool(event.evidence.clip) for event in kept]
    # The first waited while too many did, and the last were taken when too many did.
    assert clips[:5] == [False] * 5
    assert clips[6:] == [True] * 3 + [False] * 5


def test_an_event_whose_pictures_are_broken_is_kept_without_them(model: Model, log: FilteringBoundLogger) -> None:
    pixels = grey_frame(spot=True)
    whole = Judged(Frame("line", 2, pixels, 5, 0.0), model.judge(pixels))
    torn = dataclasses.replace(filmed(whole, 0), film=(Still(0.0, b"no JPEG"), Still(1.0, b"no JPEG")))
    flat = dataclasses.replace(whole.verdict, anomaly_map=np.ones(3, np.float32))
    strange = Judged(Frame("line", 3, pixels, 5, 0.0), flat)
    kept: list[AnomalyEvent] = []
    recorder = Recorder(keeping(kept), log)
    recorder.start()
    recorder.submit(torn)
    recorder.submit(draft(strange))
    recorder.close()
    assert [event.peak_frame for event in kept] == [2, 3]
    assert kept[0].evidence is not None
    assert kept[0].evidence.clip == b""
    assert kept[1].evidence is None
    assert recorder.lost == 0


@pytest.mark.parametrize(("room", "clip", "picture"), [(10**6, True, True), (4000, False, True), (900, False, False)])
def test_a_spool_that_is_too_small_keeps_as_much_of_an_event_as_fits(
    model: Model, log: FilteringBoundLogger, room: int, clip: bool, picture: bool
) -> None:
    kept: list[AnomalyEvent] = []

    def record(event: Event) -> None:
        identity = EventIdentity(device="d", boot="b" * 32, sequence=1)
        if to_proto(event, identity, "s").ByteSize() > room:
            raise EventTooLarge("too large")
        keeping(kept)(event)

    pixels = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    pixels[32:64, 64:96] = 0
    recorder = Recorder(record, log)
    recorder.start()
    recorder.submit(filmed(Judged(Frame("line", 2, pixels, 5, 0.0), model.judge(pixels)), 0))
    recorder.close()
    (event,) = kept
    assert (event.evidence is not None) == picture
    assert bool(event.evidence and event.evidence.clip) == clip
    assert (recorder.recorded, recorder.lost) == (1, 0)
