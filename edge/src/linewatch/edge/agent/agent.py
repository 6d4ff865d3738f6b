"""Runs cameras through the ring, the workers and the decisions, until they end or the agent is stopped."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.exchange import Exchange
from linewatch.edge.agent.recorder import PassOver, Record, Recorder
from linewatch.edge.agent.report import AgentReport
from linewatch.edge.agent.summarize import Station, summarize
from linewatch.edge.capture.backoff import Backoff
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.camera_thread import CameraThread
from linewatch.edge.capture.history import History
from linewatch.edge.complaint import Complaint
from linewatch.edge.decide.desk import Desk
from linewatch.edge.decide.event import THE_DEVICE, HealthEvent
from linewatch.edge.decide.failed_run import FailedRun
from linewatch.edge.decide.health import CameraHealth
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.errors import InferenceError
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.infer.batch import Result
from linewatch.edge.infer.build_turns import GivenUp, never
from linewatch.edge.infer.engine import Engine, Loaded
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.port import RuntimeName
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.setup import settle
from linewatch.edge.infer.tuned import Tuned
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.infer.workers import Workers
from linewatch.edge.ring.lane import Mark
from linewatch.edge.ring.ring import Ring
from linewatch.edge.ring.settings import RingSettings

_CAMERA_PATIENCE_S = 5.0
_SPOOL_PATIENCE_S = 5.0
_BETWEEN_FRAMES = 2


class Agent:
    """Judges every frame of its cameras. Load a bundle with `swap`, then `start`, `wait` and `stop`.

    `serves_since_s` is when the serving bundle came, in seconds since 1970; 0 before the first.
    """

    def __init__(
        self,
        cameras: Sequence[Camera],
        *,
        record: Record,
        pass_over: PassOver = lambda _: None,
        log: FilteringBoundLogger,
        inference: InferenceSettings | None = None,
        tuned: Tuned | None = None,
        engines: Path | None = None,
        decision: DecisionSettings | None = None,
        decisions: Mapping[str, DecisionSettings] | None = None,
        ring: RingSettings | None = None,
        evidence: EvidenceSettings | None = None,
        backoff: Callable[[], Backoff] = Backoff,
        show: Callable[[Judged], None] | None = None,
        max_latency_ms: float | None = None,
    ) -> None:
        """Put the agent together; nothing runs yet.

        Args:
            cameras: each with a name of its own.
            record: makes an event durable; called from one thread.
            pass_over: is told, on that thread, how many events were given up while that could not be done.
            log: a structlog logger.
            inference, ring, evidence: settings of these stages.
            tuned: what was measured on this device; for what `inference` leaves open.
            engines: folder for engines that are built here; without it TensorRT is not used.
            decision: rules for every camera that `decisions` does not name.
            backoff: makes the waiting rule of a camera.
            show: is shown every judged frame after it was decided, on the worker's thread; must be quick.
            max_latency_ms: the longest that a bundle which takes over may need for a frame; None for any time.
        """
        self._log = log
        self._stop = threading.Event()
        self._recorder = Recorder(record, log, evidence, pass_over)
        limits = ring or RingSettings()
        self._ring = Ring(limits)
        self._waiting_frames = limits.frames
        self._shown = evidence
        self._desks: dict[str, Desk] = {}
        self._cameras: list[CameraThread] = []
        self._show = show
        self.serves_since_s = 0.0
        setup = settle(inference or InferenceSettings(), tuned.choice if tuned else None)
        self._tuned_with = tuned.bundle if tuned else ""
        self._runtime_health = CameraHealth(THE_DEVICE, self._recorder.submit)
        opener = Opener(setup.wish, setup.options, engines)
        masked = any(camera.mask is not None for camera in cameras)
        self.engine = Engine(opener=opener, on_serving=self._serves, masked=masked)
        self._workers = Workers(self._ring, self.engine, self._deliver, setup)
        cores = min(self._workers.count * setup.options.threads, len(os.sched_getaffinity(0)))
        self.exchange = Exchange(self.engine, self._cameras, self._ring.overrun, limits.frames, cores, max_latency_ms)
        for camera in cameras:
            rules = (decisions or {}).get(camera.name) or decision or DecisionSettings()
            self._add(camera, rules, backoff())

    def swap(self, folder: Path, given_up: GivenUp = never) -> Model:
        """Check the bundle in `folder` and let it judge from the next frame on. May be called from any thread.

        Where one serves already, what the new one lacks is built first, unless `given_up` says not to.

        Raises:
            BuildGivenUp: it does; or a newer one came, or the agent stops.
            BundleRefused: it is damaged or cannot be loaded here; the old one goes on serving.
            GoldenCheckFailed: it gives other scores here; the old one goes on serving.
            TooSlow: it cannot keep up with the cameras where the old one can; the old one goes on serving.
        """
        return self._served(self.exchange.swap(folder, given_up))

    def restore(self, folder: Path) -> Model:
        """As `swap`, with a bundle that served before: it may be slower than the one that it takes over from.

        Raises:
            BundleRefused, GoldenCheckFailed: as `swap`.
        """
        return self._served(self.exchange.restore(folder))

    def reload(self, serving: Model, without: RuntimeName | None = None) -> Model:
        """See `Exchange.reload`.

        Raises:
            BundleRefused, GoldenCheckFailed: as `swap`.
        """
        return self._served(self.exchange.reload(serving, without))

    def count_alarms_anew(self, digest: str) -> None:
        """What the cameras showed is to blame for the alarms that the bundle `digest` raised so far."""
        for desk in self._desks.values():
            desk.alarms.forget(digest)

    def failed_runs(self, digest: str) -> dict[str, FailedRun]:
        """By camera that delivers, what the bundle `digest` could not judge since the last frame that was judged."""
        delivering = [one.camera.name for one in self._cameras if one.tally.alive]
        runs = {camera: self._desks[camera].tally.failed_run for camera in delivering}
        return {camera: run for camera, run in runs.items() if run.frames and run.bundle_digest == digest}

    def start(self) -> None:
        """Start judging. A bundle must have been loaded."""
        self.engine.current()
        self._recorder.start()
        self._workers.start()
        for camera in self._cameras:
            camera.start()

    def tell(self, event: HealthEvent) -> None:
        """Record an event about a camera; may wait."""
        self._recorder.submit(event)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until every camera ended for good; False when some still run after `timeout_s` seconds."""
        limit_s = None if timeout_s is None else time.monotonic() + timeout_s
        for camera in self._cameras:
            if not camera.join(None if limit_s is None else max(0.0, limit_s - time.monotonic())):
                return False
        return True

    def stop(self) -> AgentReport:
        """Stop the cameras, judge what waits, close open events, write everything; says what was done."""
        self._stop.set()
        # A spool that fails holds up workers, cameras and a bundle that takes over: it must not hold up the end.
        self._recorder.hurry(_SPOOL_PATIENCE_S)
        self.engine.close()
        for camera in self._cameras:
            if not camera.join(_CAMERA_PATIENCE_S):
                self._log.warning("camera does not stop", camera=camera.camera.name)
                self._ring.end_stream(camera.camera.name)
        self._ring.close()
        self._workers.join()
        self._runtime_health.stops()
        self._recorder.close()
        return self.report()

    @property
    def waiting(self) -> int:
        """Frames that wait to be judged, over all cameras."""
        return self._ring.waiting()

    def report(self) -> AgentReport:
        """The numbers so far."""
        stations = [Station(camera, self._desks[camera.camera.name]) for camera in self._cameras]
        overrun = {name: self._ring.overrun(name) for name in self._desks}
        return summarize(stations, overrun, self.engine.serving, self._recorder, self.exchange.swaps)

    def _add(self, camera: Camera, rules: DecisionSettings, backoff: Backoff) -> None:
        log = self._log.bind(camera=camera.name)
        self._ring.add_camera(camera.name, live=camera.live)
        history = History(self._reach)
        health = CameraHealth(camera.name, self._recorder.submit)
        self._cameras.append(CameraThread(camera, self._ring, self._stop, log, backoff, history, self._holds, health))
        self._desks[camera.name] = Desk(
            rules,
            emit=self._recorder.submit,
            on_failure=_complaining(log),
            clock=time.monotonic,
            evidence=self._shown,
            on_gate_trouble=lambda trouble: log.error(trouble) if trouble else log.info("the verdicts are heard again"),
        )

    def _reach(self) -> int:
        return self.exchange.reach()

    def _holds(self) -> int:
        """Frames of one camera that wait, are judged, lie before those, or are on their way between.

        Those that wait follow each other and share what lies before; those that are judged may not.
        """
        reach, judged = self._reach(), self._workers.count * self._workers.batch
        return self._waiting_frames + reach + judged * (1 + reach) + _BETWEEN_FRAMES

    def _serves(self, loaded: Loaded) -> None:
        """Tell of a model that begins to serve; one that stands in for another is a matter of health."""
        model, manifest = loaded.model, loaded.model.bundle.manifest
        self.exchange.scores.serve(model.digest, model.target)
        self._log.info(
            "bundle serves",
            bundle=model.digest,
            name=manifest.name,
            release=manifest.release,
            target=model.target.name,
            runtime=str(model.runtime),
        )
        if self._tuned_with not in ("", model.digest):
            self._log.warning("tuned with another bundle: `linewatch-edge doctor --tune`", with_bundle=self._tuned_with)
        if loaded.stands_in_because:
            self._log.warning("runtime stands in", runtime=str(model.runtime), reason=loaded.stands_in_because)
            self._runtime_health.fails(f"{model.runtime} stands in: {loaded.stands_in_because}")
        else:
            self._runtime_health.delivers()

    def _served(self, model: Model) -> Model:
        self.serves_since_s = time.time()
        return model

    def _deliver(self, camera: str, ticket: int, result: Result) -> None:
        self._desks[camera].deliver(ticket, result)
        if isinstance(result, Judged):
            self.exchange.scores.frame(result)
            if self._show is not None:
                self._show(result)
        elif result is Mark.STREAM_ENDED:
            self.exchange.scores.ended(camera)


def _complaining(log: FilteringBoundLogger) -> Callable[[InferenceError], None]:
    """Tells of frames that are not judged, which may be every one."""
    complaint = Complaint()

    def complain(error: InferenceError) -> None:
        if complaint.fails():
            log.error("frame not judged", reason=str(error), times=complaint.times)

    return complain
