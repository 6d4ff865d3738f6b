"""A bundle takes over between two frames: none is lost, and no event ends."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.typing import FilteringBoundLogger

from edge.infer.native_bundle import make_native_bundle
from edge.infer.slowly_native import SlowlyNative
from edge.keeping import keeping
from edge.tiny_bundle import grey_frame, make_bundle, make_moving_bundle
from linewatch.edge.agent.agent import Agent
from linewatch.edge.agent.exchange import Exchange
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.event import AnomalyEvent, Phase
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.errors import GoldenCheckFailed, TooSlow
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.golden import check_golden
from linewatch.protos.bundle import FrameStack

RULES = DecisionSettings(open_after=2, open_window=3, close_after=3, update_seconds=1000)


class Belt:
    """200 frames a second, until told to end; the spot is there after a while, and stays."""

    fps: float | None = 200.0

    def __init__(self, stop: threading.Event, *, still: int) -> None:
        self._stop = stop
        self._left = still

    def read(self) -> UInt8Array | None:
        if self._stop.wait(0.005):
            return None
        self._left -= 1
        return grey_frame(spot=self._left < 0)

    def close(self) -> None:
        pass


class Line:
    """An agent with one such camera, which waits when frames are not judged in time."""

    def __init__(self, bundle: Path, log: FilteringBoundLogger, *, still: int = 20) -> None:
        self.events: list[AnomalyEvent] = []
        self.ending = threading.Event()
        camera = Camera(name="c", open=lambda _: InProcess(Belt(self.ending, still=still)))
        self.agent = Agent([camera], record=keeping(self.events), log=log, decision=RULES)
        self.agent.swap(bundle)
        self.agent.start()

    def judge(self, frames: int) -> None:
        """Wait until so many more frames were judged."""
        wanted = self.agent.report().frames + frames
        for _ in range(6000):
            if self.agent.report().frames >= wanted:
                return
            self.ending.wait(0.01)
        raise AssertionError("the line stands still")

    def end(self) -> None:
        self.ending.set()
        assert self.agent.wait(30)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    make_bundle(tmp_path / "other", gain=1.5)
    return tmp_path / "other"


def test_no_frame_is_lost_and_an_open_event_stays_open(
    bundle_folder: Path, other: Path, log: FilteringBoundLogger
) -> None:
    line = Line(bundle_folder, log)
    line.judge(40)
    for folder in (other, bundle_folder, other):
        line.agent.swap(folder)
        line.judge(20)
    line.end()
    report = line.agent.stop()
    camera = report.cameras[0]
    assert (camera.frames_captured, camera.frames_skipped) == (camera.frames_judged, 0)
    assert len(camera.frames_by_bundle) == 2
    assert report.swaps == 4
    assert [(one.phase, one.first_frame) for one in line.events] == [(Phase.OPENED, 20), (Phase.CLOSED, 20)]
    assert line.events[-1].frames_anomalous == camera.frames_captured - 20


@pytest.mark.parametrize("stack", [FrameStack(frames=2, step=1), FrameStack(frames=3, step=4)])
def test_a_bundle_that_looks_back_finds_what_lies_before_each_frame(
    bundle_folder: Path, tmp_path: Path, log: FilteringBoundLogger, stack: FrameStack
) -> None:
    digest = make_moving_bundle(tmp_path / "moving", stack).digest
    line = Line(bundle_folder, log, still=100_000)
    line.judge(10)
    line.agent.swap(tmp_path / "moving")
    line.judge(20)
    line.agent.swap(bundle_folder)
    line.judge(10)
    line.end()
    camera = line.agent.stop().cameras[0]
    assert (camera.frames_captured, camera.frames_skipped) == (camera.frames_judged, 0)
    assert camera.frames_by_bundle[digest] >= 20
    assert line.events == []


def test_what_serves_is_checked_and_restored_while_another_one_is_built(bundle_folder: Path, tmp_path: Path) -> None:
    opener = SlowlyNative()
    engine = Engine(opener=opener)
    exchange = Exchange(engine, [], skipped=lambda _: 0, waiting=1, cores=1, max_latency_ms=None)
    serving = exchange.swap(bundle_folder)
    native = make_native_bundle(tmp_path / "native")
    swapping = threading.Thread(target=exchange.swap, args=(native.folder,))
    swapping.start()
    assert opener.building.get(timeout=30) == native.digest
    exchange.quiet.do(lambda: check_golden(serving))
    assert exchange.restore(bundle_folder).digest == serving.digest
    assert swapping.is_alive()
    opener.may_finish.set()
    swapping.join(30)
    assert engine.current().digest == native.digest


def test_what_is_loaded_again_does_not_push_out_what_took_over(bundle_folder: Path, tmp_path: Path) -> None:
    engine = Engine()
    exchange = Exchange(engine, [], skipped=lambda _: 0, waiting=1, cores=1, max_latency_ms=None)
    first = exchange.swap(bundle_folder)
    assert exchange.reload(first) is engine.current()
    assert engine.current() is not first
    second = exchange.swap(make_bundle(tmp_path / "second", gain=1.5).folder)
    assert exchange.reload(first).digest == second.digest
    assert engine.current().digest == second.digest


def test_one_that_is_refused_changes_nothing(bundle_folder: Path, tmp_path: Path, log: FilteringBoundLogger) -> None:
    make_bundle(tmp_path / "wrong", golden_error=1)
    line = Line(bundle_folder, log)
    line.judge(5)
    with pytest.raises(GoldenCheckFailed):
        line.agent.swap(tmp_path / "wrong")
    line.judge(5)
    line.end()
    report = line.agent.stop()
    assert report.cameras[0].frames_skipped == 0
    assert report.swaps == 1


def test_the_operators_limit_holds_for_the_first_bundle_too(bundle_folder: Path, log: FilteringBoundLogger) -> None:
    agent = Agent([], record=lambda _: None, log=log, max_latency_ms=0.001)
    with pytest.raises(TooSlow, match="max_latency_ms"):
        agent.swap(bundle_folder)
    agent.restore(bundle_folder)
    assert agent.engine.serving is not None


def test_the_old_model_is_let_go(bundle_folder: Path, other: Path, log: FilteringBoundLogger) -> None:
    import gc
    import weakref

    agent = Agent([], record=lambda _: None, log=log)
    old = weakref.ref(agent.swap(bundle_folder))
    agent.swap(other)
    waits: Callable[[float], bool] = threading.Event().wait
    for _ in range(500):
        gc.collect()
        if old() is None:
            return
        waits(0.02)
    raise AssertionError("it is still held")
