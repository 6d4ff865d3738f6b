"""Completes drafts with evidence and hands them to the spool."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.backlog import Backlog
from linewatch.edge.agent.intake import Intake
from linewatch.edge.complaint import Complaint
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import AnomalyEvent, Event, Evidence, HealthEvent
from linewatch.edge.errors import EventTooLarge, SpoolError
from linewatch.edge.evidence.build import build_evidence
from linewatch.edge.evidence.film import make_film
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.infer.verdict import Judged

Record: TypeAlias = Callable[[Event], object]
"""Makes an event durable; raises SpoolError when it cannot, ValueError when it never can."""

PassOver: TypeAlias = Callable[[int], object]
"""Tells of so many messages that were given up before they could be kept; raises SpoolError when it cannot."""

_WAITING_DRAFTS = 16
_RETRY_S = 1.0
_PATIENCE_S = 2.0
"""For room: longer than a disk that works needs for a message."""
_SLOW = "the disk of the state folder does not answer; look at dmesg"


class Recorder:
    """Writes events on a thread of its own, so that no worker waits for a disk.

    Where the spool cannot be written it is tried again until it can; meanwhile events wait in memory, complete, and
    beyond its bounds the least worth is given up, counted, and told of once writing works. So a disk that fails holds
    up nobody; one that is merely slow is waited for.
    """

    def __init__(
        self,
        record: Record,
        log: FilteringBoundLogger,
        evidence: EvidenceSettings | None = None,
        pass_over: PassOver = lambda _: None,
    ) -> None:
        """Write events with `record`.

        Args:
            record: makes an event durable.
            log: a structlog logger.
            evidence: what is shown of events.
            pass_over: is told how many were given up, once writing works.
        """
        self.recorded = 0
        self.lost = 0
        self.trouble = ""
        """Why the spool does not keep what it is given now; empty while it does."""
        self._record = record
        self._pass_over = pass_over
        self._shown = evidence or EvidenceSettings()
        self._log = log
        self._intake = Intake(_WAITING_DRAFTS)
        self._backlog = Backlog()
        self._complaint = Complaint()
        self._counting = threading.Lock()
        self._untold = 0
        self._stuck = False
        self._give_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._last: tuple[Judged, Evidence | None] | None = None

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def submit(self, draft: Draft | HealthEvent) -> None:
        """Take a draft, or an event that is complete; waits a little while too many wait already."""
        if isinstance(draft, Draft) and draft.film and self._too_many_wait(draft):
            draft = replace(draft, film=())
        if self._intake.put(draft, 0.0 if self._stuck else _PATIENCE_S) is not None:
            self._stuck, self.trouble = True, self.trouble or _SLOW
            self._count_given_up(1)

    @property
    def held(self) -> int:
        """Events that wait in memory because the spool cannot be written."""
        return len(self._backlog) if self.trouble else 0

    def hurry(self, patience_s: float) -> None:
        """From `patience_s` seconds on, what a failing spool does not keep is lost, and counted."""
        give_up = threading.Timer(patience_s, self._give_up.set)
        give_up.daemon = True
        give_up.start()

    def close(self) -> None:
        """Write what waits, then end. A failing spool is waited for as long as `hurry` allows."""
        self._intake.end()
        self._thread.join()

    def _run(self) -> None:
        retry_s = 0.0
        while not self._intake.ended or self._backlog:
            waits = max(0.0, retry_s - time.monotonic()) if self._backlog else None
            if self._intake.ended and waits:
                self._give_up.wait(waits)
            elif (draft := self._intake.take(waits)) is not None:
                self._stuck = False
                self._hold(draft if isinstance(draft, HealthEvent) else self._complete(draft))
            if self._backlog and (time.monotonic() >= retry_s or self._give_up.is_set()):
                self._write()
                retry_s = time.monotonic() + _RETRY_S if self._backlog else 0.0

    def _hold(self, event: Event) -> None:
        for _ in self._backlog.add(event):
            self._count_given_up(1)

    def _write(self) -> None:
        """Keep what waits, in its order, until the spool refuses."""
        while self._backlog:
            # Supervision boundary: one event that cannot be kept is counted and told of; the next ones are kept.
            event = self._backlog.first()
            try:
                kept = self._keep(event)
            except SpoolError as error:
                if self._complain(error, event):
                    return
                self._backlog.lost()
            except Exception as error:  # noqa: BLE001
                self._backlog.lost()
                self._lose(event, error)
            else:
                self._backlog.kept()
                self._tell(kept)
                self._tell_given_up()

    def _keep(self, event: Event) -> Event:
        """Keep it, and where the spool has not the room, as much of it as fits; gives what was kept."""
        while True:
            try:
                self._record(event)
            except EventTooLarge as error:
                event = _smaller(event, error)
                self._log.warning("event kept with less to see", reason=str(error), event_id=event.event_id)
            else:
                self.recorded += 1
                self.trouble = ""
                if failed := self._complaint.works():
                    self._log.info("events are kept again", failed=failed, waiting=self.held)
                return event

    def _complain(self, error: SpoolError, event: Event) -> bool:
        """Whether it is to be tried again."""
        if isinstance(error, EventTooLarge) or self._give_up.is_set():
            self._lose(event, error)
            return False
        self.trouble = str(error)
        if self._complaint.fails():
            self._log.error("events wait in memory", reason=self.trouble, waiting=self.held, given_up=self.lost)
        return True

    def _lose(self, event: Event, error: Exception) -> None:
        self._count_given_up(1)
        bug = None if isinstance(error, SpoolError | ValueError) else error
        self._log.error("event lost", reason=str(error), event_id=event.event_id, exc_info=bug)

    def _count_given_up(self, messages: int) -> None:
        with self._counting:
            self.lost += messages
            self._untold += messages

    def _tell_given_up(self) -> None:
        with self._counting:
            messages, self._untold = self._untold, 0
        if not messages:
            return
        try:
            self._pass_over(messages)
        except SpoolError:
            with self._counting:
                self._untold += messages
            return
        self._log.warning("messages were given up before they could be kept", messages=messages)

    def _tell(self, event: Event) -> None:
        """Only now that it is kept: what the log tells of outlives the agent."""
        if not isinstance(event, AnomalyEvent):
            self._log.info(
                f"health event {event.phase}", camera=event.camera, event_id=event.event_id, reason=event.reason
            )
            return
        self._log.info(
            f"event {event.phase}",
            camera=event.camera,
            event_id=event.event_id,
            peak_frame=event.peak_frame,
            score=round(event.peak_score, 4),
            severity=event.severity,
            **({"part": event.part} if event.part else {}),
            **({"defect": event.defect_class} if event.defect_class else {}),
            bundle=event.bundle_digest[:12],
        )

    def _complete(self, draft: Draft) -> AnomalyEvent:
        frame, verdict = draft.peak.frame, draft.peak.verdict
        return AnomalyEvent(
            camera=frame.camera,
            event_id=draft.event_id,
            phase=draft.phase,
            time_unix_ns=draft.time_unix_ns,
            first_frame=draft.first_frame,
            last_frame=draft.last_frame,
            peak_frame=frame.number,
            peak_score=verdict.score,
            threshold=verdict.threshold,
            frames_anomalous=draft.frames_anomalous,
            frame_width=frame.picture.width,
            frame_height=frame.picture.height,
            bundle_digest=verdict.bundle_digest,
            defect_class=verdict.defect_class,
            severity=draft.severity,
            part=draft.part,
            evidence=self._evidence(draft),
        )

    def _evidence(self, draft: Draft) -> Evidence | None:
        # Supervision boundary: an event of which nothing can be shown is still an event.
        try:
            return self._with_clip(draft, self._still(draft.peak))
        except Exception:  # noqa: BLE001
            self._log.exception("no evidence", event_id=draft.event_id)
            return None

    def _still(self, peak: Judged) -> Evidence | None:
        # Opened, updated and closed often show the same peak.
        if self._last is None or self._last[0] is not peak:
            self._last = (peak, build_evidence(peak, self._shown))
        return self._last[1]

    def _with_clip(self, draft: Draft, evidence: Evidence | None) -> Evidence | None:
        if evidence is None or not draft.film or self._too_many_wait(draft):
            return evidence
        # As above: what cannot be filmed still has its picture.
        try:
            film = make_film(draft.film, self._shown.clip_kilobytes * 1000)
        except Exception:  # noqa: BLE001
            self._log.exception("no clip", event_id=draft.event_id)
            return evidence
        return evidence if film is None else replace(evidence, clip=film.data, clip_type=film.media_type)

    def _too_many_wait(self, draft: Draft) -> bool:
        """Whether so much waits that workers would soon have to, for the sake of a clip."""
        many = len(self._intake) > _WAITING_DRAFTS // 2
        if many:
            self._log.warning("no clip, too many events wait", event_id=draft.event_id)
        return many


def _smaller(event: Event, error: EventTooLarge) -> Event:
    """The event without its clip, and if it has none without all that can be seen."""
    if not isinstance(event, AnomalyEvent) or event.evidence is None:
        raise error
    evidence = replace(event.evidence, clip=b"", clip_type="") if event.evidence.clip else None
    return replace(event, evidence=evidence)
