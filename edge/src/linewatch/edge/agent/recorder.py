"""Completes drafts with evidence and hands them to the spool."""

import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from structlog.typing import FilteringBoundLogger

from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import AnomalyEvent, Event, Evidence, HealthEvent, Phase
from linewatch.edge.errors import EventTooLarge, SpoolError
from linewatch.edge.evidence.build import build_evidence
from linewatch.edge.evidence.film import make_film
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.infer.verdict import Judged

Record: TypeAlias = Callable[[Event], object]
"""Makes an event durable; raises SpoolError when it cannot, ValueError when it never can."""

_WAITING_DRAFTS = 16
_RETRY_S = 1.0


class Recorder:
    """Writes events on a thread of its own, so that no worker waits for a disk.

    A spool that fails is tried again until it works; meanwhile drafts queue up, then workers wait: nothing is lost.
    Only an `updated` is not waited for then: what comes after it says all that it would have said.
    """

    def __init__(self, record: Record, log: FilteringBoundLogger, evidence: EvidenceSettings | None = None) -> None:
        """Write events with `record`; `log` is a structlog logger, `evidence` says what is shown of them."""
        self.recorded = 0
        self.lost = 0
        self.trouble = ""
        """Why the spool does not keep what it is given now; empty while it does."""
        self._record = record
        self._shown = evidence or EvidenceSettings()
        self._log = log
        self._drafts: queue.Queue[Draft | HealthEvent | None] = queue.Queue(_WAITING_DRAFTS)
        self._give_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._last: tuple[Judged, Evidence | None] | None = None

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def submit(self, draft: Draft | HealthEvent) -> None:
        """Take a draft, or an event that is complete; waits while too many wait already."""
        if isinstance(draft, Draft) and draft.film and self._too_many_wait(draft):
            draft = replace(draft, film=())
        if self.trouble and draft.phase is Phase.UPDATED and self._drafts.full():
            return
        self._drafts.put(draft)

    def hurry(self, patience_s: float) -> None:
        """From `patience_s` seconds on, what a failing spool does not keep is lost, and counted."""
        give_up = threading.Timer(patience_s, self._give_up.set)
        give_up.daemon = True
        give_up.start()

    def close(self) -> None:
        """Write what waits, then end. A failing spool is waited for as long as `hurry` allows."""
        self._drafts.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (draft := self._drafts.get()) is not None:
            # Supervision boundary: one event that cannot be kept is counted and told of; the next ones are kept.
            try:
                event = self._keep(draft if isinstance(draft, HealthEvent) else self._complete(draft))
            except Exception as error:  # noqa: BLE001
                self.lost += 1
                bug = None if isinstance(error, SpoolError | ValueError) else error
                self._log.error("event lost", reason=str(error), event_id=draft.event_id, exc_info=bug)
            else:
                self._tell(event)

    def _keep(self, event: Event) -> Event:
        """Keep it, and where the spool is smaller than it, as much of it as fits; gives what was kept."""
        while True:
            try:
                self._record(event)
                self.recorded += 1
                self.trouble = ""
                return event
            except EventTooLarge as error:
                event = _smaller(event, error)
                self._log.warning("event kept with less to see", reason=str(error), event_id=event.event_id)
            except SpoolError as error:
                self.trouble = str(error)
                if self._give_up.is_set():
                    raise
                self._log.error("event not kept, trying again", reason=str(error), event_id=event.event_id)
                self._give_up.wait(_RETRY_S)

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
        many = self._drafts.qsize() > _WAITING_DRAFTS // 2
        if many:
            self._log.warning("no clip, too many events wait", event_id=draft.event_id)
        return many


def _smaller(event: Event, error: EventTooLarge) -> Event:
    """The event without its clip, and if it has none without all that can be seen."""
    if not isinstance(event, AnomalyEvent) or event.evidence is None:
        raise error
    evidence = replace(event.evidence, clip=b"", clip_type="") if event.evidence.clip else None
    return replace(event, evidence=evidence)
