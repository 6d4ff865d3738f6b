"""How a bundle takes over from another one while cameras run."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from linewatch.edge.agent.quiet_thread import QuietThread
from linewatch.edge.capture.camera_thread import CameraThread
from linewatch.edge.infer.build_turns import GivenUp, never
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.golden import golden_frames
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.runtimes.port import RuntimeName
from linewatch.edge.update.pace import Judge, Need, check_pace, measure_pace
from linewatch.edge.update.score_watch import ScoreWatch

_log = structlog.get_logger(__name__)

_HISTORY_PATIENCE_S = 10.0
_HISTORY_POLL_S = 0.01
_RETIRE_S = 0.5
_SKIPPING = 0.01
"""Share of frames; so many are lost to chance."""

Skipped = Callable[[str], int]


class Exchange:
    """Loads, checks and times a bundle beside the one that serves, then lets it judge from the next frame on.

    All of it happens on a thread that gives way to the workers. Only what takes minutes does not: an engine is built
    before, and meanwhile others may restore and check what serves. Frames on their way are judged by the old bundle,
    which is freed afterwards, on that thread as well.
    """

    def __init__(
        self,
        engine: Engine,
        cameras: Sequence[CameraThread],
        skipped: Skipped,
        waiting: int,
        cores: int,
        max_latency_ms: float | None,
    ) -> None:
        """Exchange what `engine` serves.

        Args:
            engine: of the agent.
            cameras: what they bring has to be judged.
            skipped: how many frames of a camera gave way to newer ones.
            waiting: most frames of a camera that wait to be judged.
            cores: that judge.
            max_latency_ms: the longest that a new bundle may take for a frame by itself; None for any time.
        """
        self.swaps = 0
        self.scores = ScoreWatch()
        self.quiet = QuietThread("swap")
        self._engine = engine
        self._cameras = cameras
        self._skipped = skipped
        self._waiting = waiting
        self._cores = cores
        self._max_latency_ms = max_latency_ms
        self._coming_reach = 0

    def reach(self) -> int:
        """How many frames before each one are kept: as many as the serving bundle wants, or the one that comes."""
        return max(self._engine.current().reach, self._coming_reach)

    def swap(self, folder: Path, given_up: GivenUp = never) -> Model:
        """Serve the bundle in `folder` after every check, built before where need be, unless `given_up` says not to.

        Raises:
            BuildGivenUp: it does; or a newer one came, or the agent stops.
            BundleRefused: it is damaged or cannot be loaded here; the old one goes on serving.
            GoldenCheckFailed: it gives other scores here; the old one goes on serving.
            TooSlow: it cannot keep up with the cameras where the old one can; the old one goes on serving.
        """
        if self._engine.serving is None:
            return self._serve(folder, self._check_pace)
        with self._engine.built(folder, given_up):
            return self.quiet.do(lambda: self._serve(folder, self._check_pace))

    def restore(self, folder: Path) -> Model:
        """Serve the bundle in `folder`, which served before: at once, and however fast it is.

        Raises:
            BundleRefused, GoldenCheckFailed: as `swap`.
        """
        if self._engine.serving is None:
            return self._serve(folder)
        return self.quiet.do(lambda: self._serve(folder))

    def reload(self, serving: Model, without: RuntimeName | None = None) -> Model:
        """Load what serves anew. Where another bundle took over from `serving` meanwhile, that one goes on.

        The runtime `without` failed while it served: what can stand in for it does.

        Raises:
            BundleRefused, GoldenCheckFailed: as `swap`.
        """
        return self.quiet.do(lambda: self._reload(serving, without))

    def _reload(self, serving: Model, without: RuntimeName | None) -> Model:
        now = self._engine.serving
        if now is not None and now.digest != serving.digest:
            return now
        return self._serve(serving.bundle.folder, without=without)

    def _serve(
        self, folder: Path, approve: Callable[[Model], None] = lambda _: None, without: RuntimeName | None = None
    ) -> Model:
        def prepare(model: Model) -> None:
            approve(model)
            self._await_history(model.reach)

        before: list[object] = [self._engine.serving]
        try:
            model = self._engine.swap(folder, prepare, without)
        finally:
            self._coming_reach = 0
        self.swaps += 1
        # Later, when no worker is busy with it any more: else one of them would have to free it.
        retire = threading.Timer(_RETIRE_S, self.quiet.free, (before,))
        retire.daemon = True
        retire.start()
        return model

    def _check_pace(self, model: Model) -> None:
        serving, frames = self._engine.serving, golden_frames(model)
        old = None if serving is None else _judging(serving)
        if old is None and self._max_latency_ms is None:
            return
        pace = measure_pace(old, _judging(model), frames)
        _log.info("bundle timed", bundle=model.digest, old_ms=pace.old_ms, new_ms=pace.new_ms)
        check_pace(pace, self.need(_promised_ms(model)))

    def need(self, promised_ms: float | None = None) -> Need:
        """What the device has to do now, for a bundle that took `promised_ms` where it was compiled."""
        live = [one for one in self._cameras if one.camera.live and one.tally.alive]
        offered = sum(one.tally.offered for one in live)
        skipped = sum(self._skipped(one.camera.name) + one.tally.crowded for one in live)
        return Need(
            frames_per_second=sum(one.offers.per_second() for one in live),
            cores=self._cores,
            skipping=skipped > _SKIPPING * offered,
            max_latency_ms=self._max_latency_ms,
            promised_ms=promised_ms,
        )

    def _await_history(self, reach: int) -> None:
        """A bundle that looks at more frames before each one waits until every camera has them: no frame is too early.

        A camera of less than a frame a second may not have them in time; its first frames are then counted as such.
        """
        serving = self._engine.serving
        if serving is None or reach <= serving.reach:
            return
        self._coming_reach = reach
        limit_s = time.monotonic() + _HISTORY_PATIENCE_S
        # Those that wait already were captured before anybody kept what lies before them.
        more = reach + self._waiting + 2
        wanted = [(one, one.tally.captured + more) for one in self._cameras if one.tally.alive]
        while time.monotonic() < limit_s and any(one.tally.alive and one.tally.captured < at for one, at in wanted):
            time.sleep(_HISTORY_POLL_S)


def _promised_ms(model: Model) -> float | None:
    """What the manifest's measured table says of the target."""
    table = {(one.subject, one.metric): one.value for one in model.bundle.manifest.measurements}
    return table.get((model.target.name, "latency_ms"))


def _judging(model: Model) -> Judge:
    """A still camera, for timing."""
    return lambda pixels: model.judge(pixels, [pixels] * model.reach)
