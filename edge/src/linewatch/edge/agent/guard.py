"""Watches over the bundle that serves, and returns to the one before where it does not keep what it promises."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.report import AgentReport
from linewatch.edge.agent.stuck import Stuck, told
from linewatch.edge.decide.event import THE_DEVICE
from linewatch.edge.decide.failed_run import FailedRun
from linewatch.edge.decide.health import CameraHealth
from linewatch.edge.errors import (
    EdgeError,
    FramesUnjudged,
    GoldenCheckFailed,
    InferenceError,
    PromiseBroken,
    Refused,
)
from linewatch.edge.infer.golden import check_golden
from linewatch.edge.infer.model import Model
from linewatch.edge.update.exhibits import Exhibit
from linewatch.edge.update.promise import Conduct, blames_bundle, broken_promises
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.updater import Updater

Returned = Callable[[str], None]
"""Is told, for people, what was returned from and why."""

_LOOK_S = 0.5
_ASK_AGAIN_S = 600.0
"""After the bundle before was of the same opinion, so that the scene is to blame."""


class Guard:
    """Looks twice a second; what it does besides looking gives way to the workers."""

    def __init__(
        self,
        agent: Agent,
        updater: Updater,
        settings: UpdateSettings,
        returned: Returned,
        log: FilteringBoundLogger,
    ) -> None:
        """Watch over what `agent` serves.

        Args:
            agent: judges.
            updater: returns to the bundle before.
            settings: the table `[update]`.
            returned: told of each return.
            log: a structlog logger.
        """
        self._agent = agent
        self._quiet = agent.exchange.quiet
        self._updater = updater
        self._settings = settings
        self._returned = returned
        self._log = log
        self.standing = ""
        """What is wrong with the bundle that serves and cannot be mended here, for people; empty where nothing is."""
        self._digest = ""
        self._begun_s: float | None = None
        self._checked_s = 0.0
        self._ask_s = 0.0
        self._mend_s = 0.0
        self._reloaded = False
        self._stuck = Stuck()
        self._health = CameraHealth(THE_DEVICE, agent.tell)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="guard", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        self._health.stops()

    def look(self, now_s: float) -> None:
        """One look at `now_s` (seconds of any steady clock)."""
        serving = self._agent.engine.serving
        if serving is not None:
            self._look(serving, now_s)

    def _look(self, serving: Model, now_s: float) -> None:
        if self._before(serving.digest) is not None:
            self._agent.exchange.scores.keep_exhibits()
        if serving.digest != self._digest:
            self._turn_to(serving.digest, now_s)
        report = self._agent.report()
        runs = self._agent.failed_runs(serving.digest)
        if not runs and not any(camera.frames_by_bundle.get(serving.digest) for camera in report.cameras):
            return
        self._begun_s = now_s if self._begun_s is None else self._begun_s
        if self._judges(serving, runs, now_s):
            self._watch(serving, self._begun_s, report, now_s)

    def _watch(self, serving: Model, begun_s: float, report: AgentReport, now_s: float) -> None:
        due = now_s - self._checked_s >= self._settings.recheck_seconds
        tried = now_s - begun_s >= self._settings.trial_seconds and self._on_trial(serving.digest)
        if due or tried:
            self._checked_s = now_s
            if not self._recheck(serving):
                return
        broken = broken_promises(self._conduct(report, serving.digest))
        if not broken:
            self.standing = ""
        if broken and now_s >= self._ask_s:
            self._hold_to_promise(serving, broken, now_s)
        elif tried:
            self._updater.trials.end()
            self._log.info("bundle has passed its trial", bundle=serving.digest)

    def _turn_to(self, digest: str, now_s: float) -> None:
        """Another bundle serves: nothing is known of it."""
        self._digest, self._begun_s, self._checked_s, self._ask_s = digest, None, now_s, now_s
        self.standing, self._reloaded, self._mend_s, self._stuck = "", False, now_s, Stuck()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            # Supervision boundary: a fault here must not leave the bundle without a guard.
            try:
                self.look(time.monotonic())
            except EdgeError as error:
                self._log.error("bundle not watched", reason=str(error))
            except Exception:  # noqa: BLE001
                self._log.exception("guard failed")

    def _on_trial(self, digest: str) -> bool:
        trial = self._updater.trials.now()
        return trial is not None and trial.digest == digest

    def _conduct(self, report: AgentReport, digest: str) -> Mapping[str, Conduct]:
        outside = self._agent.exchange.scores.outside()
        return {
            one.camera: Conduct(
                delivers=one.alive,
                alarms=one.alarms.by_bundle.get(digest),
                outside=outside.get(one.camera, ""),
            )
            for one in report.cameras
        }

    def _recheck(self, serving: Model) -> bool:
        """Whether the golden pictures still give their scores; what fails is loaded again, then returned from."""
        try:
            self._quiet.do(lambda: check_golden(serving))
            return True
        except GoldenCheckFailed as error:
            failed = error
        self._log.error("golden check failed while the bundle serves", bundle=serving.digest, reason=str(failed))
        try:
            self._agent.reload(serving)
            self._log.warning("bundle loaded again: it was damaged in memory", bundle=serving.digest)
            return True
        except Refused:
            self._return(serving, failed)
            return False

    def _judges(self, serving: Model, runs: Mapping[str, FailedRun], now_s: float) -> bool:
        """Whether frames are judged; a bundle that judges none of a camera is loaded again, then returned from."""
        stuck = self._stuck.look(runs)
        if not runs:
            self._health.delivers()
            self._reloaded, self._mend_s = False, now_s
        if not stuck:
            return not self._reloaded
        said = told(stuck)
        self.standing = f"the bundle judges no frame: {said}"
        self._health.fails(self.standing)
        if now_s < self._mend_s:
            return False
        self._mend_s = now_s + _ASK_AGAIN_S
        if self._reloaded and self._can_undo(serving.digest):
            self._return(serving, FramesUnjudged(said))
        else:
            self._load_again(serving, said)
            if self._can_undo(serving.digest):
                self._mend_s = now_s
        self._stuck.attempt(self._agent.failed_runs(serving.digest))
        return False

    def _can_undo(self, digest: str) -> bool:
        return self._on_trial(digest) and self._before(digest) is not None

    def _load_again(self, serving: Model, said: str) -> None:
        self._reloaded = True
        self._log.error("bundle judges no frame", bundle=serving.digest, runtime=str(serving.runtime), reason=said)
        try:
            again = self._agent.reload(serving, serving.runtime)
            self._log.warning("bundle loaded again", bundle=again.digest, runtime=str(again.runtime))
        except Refused as error:
            self._return(serving, error)

    def _hold_to_promise(self, serving: Model, broken: Mapping[str, str], now_s: float) -> None:
        said = "; ".join(f"{camera}: {what}" for camera, what in broken.items())
        self._ask_s = now_s + _ASK_AGAIN_S
        before = self._before(serving.digest)
        if before is None:
            self.standing = f"the bundle breaks its promise, and there is none to return to: {said}"
            self._log.error("bundle breaks its promise, and there is none to return to", reason=said)
            return
        exhibits = [one for one in self._agent.exchange.scores.exhibits() if one.camera in broken]
        if not exhibits:
            self.standing = f"the bundle breaks its promise, and no frame is at hand to ask the one before: {said}"
            self._log.warning("bundle breaks its promise, and no frame is at hand to ask the one before", reason=said)
            return
        objects = self._quiet.do(lambda: _objections(self._agent.engine.check(before), exhibits))
        if blames_bundle(objects, len(exhibits)):
            self._return(serving, PromiseBroken(said))
            return
        self._agent.exchange.scores.forget()
        self._agent.count_alarms_anew(serving.digest)
        self._log.warning(
            "the bundle before finds the same frames odd: look at what the cameras show", frames=objects, reason=said
        )

    def _before(self, digest: str) -> Path | None:
        store = BundleStore(self._updater.state_folder)
        previous = store.previous()
        if store.current() != digest or previous is None or self._updater.held_back(previous):
            return None
        return store.folder(previous)

    def _return(self, serving: Model, why: Refused) -> None:
        if self._before(serving.digest) is None:
            self._log.error("nothing to return to", bundle=serving.digest, reason=str(why))
            return
        status = self._updater.go_back(why, serving.digest)
        if status.refused_with == type(why).__name__:
            self._returned(f"the device returned from the bundle {serving.digest[:12]}: {why}")


def _objections(before: Model, exhibits: Sequence[Exhibit]) -> int:
    """How many of the frames the bundle before finds odd as well; those that it cannot judge count too."""
    return sum(_objects(before, one) for one in exhibits)


def _objects(model: Model, exhibit: Exhibit) -> bool:
    band = model.target.normal_scores
    still = [exhibit.picture] * max(0, model.reach - len(exhibit.before))
    try:
        verdict = model.judge(exhibit.picture, [*still, *exhibit.before], exhibit.mask)
    except InferenceError:
        return True
    low = band.low if exhibit.mask is None else verdict.score  # what a mask leaves scores lower
    return verdict.anomalous or not low <= verdict.score <= band.high
