"""A bundle that judges stacks gets the frames before each one, and says nothing where there are none."""

from pathlib import Path

import pytest
from structlog.typing import FilteringBoundLogger

from edge.keeping import keeping
from edge.tiny_bundle import grey_frame, make_bundle, make_moving_bundle
from linewatch.edge.agent.agent import Agent
from linewatch.edge.capture.arrays import ArraySource
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.event import AnomalyEvent, Phase
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.errors import InferenceError, WrongUse
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.golden import check_golden
from linewatch.edge.infer.model import load_model
from linewatch.edge.inspect.items import Item, Items
from linewatch.edge.inspect.judge import judge_items
from linewatch.protos.bundle import FrameStack

STACK = FrameStack(frames=3, step=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_moving_bundle(tmp_path / "moving", STACK).folder


def film(pattern: str) -> list[UInt8Array]:
    """`x` is a frame with a spot."""
    return [grey_frame(spot=sign == "x") for sign in pattern]


def test_a_frame_is_judged_with_those_before_it(folder: Path) -> None:
    model = load_model(folder)
    assert model.reach == 4
    assert model.judge(film("x")[0], film("....")).score == pytest.approx(2.0)
    assert model.judge(film("x")[0], film("..x.")).score == pytest.approx(2.0)
    assert model.judge(film("x")[0], film("x...")).score == 0.0
    assert model.judge(film("x")[0], film("....x...")).score == 0.0
    with pytest.raises(InferenceError, match="3 frames come before this one; the bundle needs 4"):
        model.judge(film("x")[0], film("..."))
    with pytest.raises(InferenceError, match="changed the size"):
        model.judge(grey_frame(height=64), film("...."))


def test_its_golden_pictures_are_stacks(folder: Path) -> None:
    assert check_golden(Engine().check(folder)).largest_error < 1e-5


def test_the_first_frames_of_a_stream_are_counted_and_not_judged(
    folder: Path, log: FilteringBoundLogger, tmp_path: Path
) -> None:
    events: list[AnomalyEvent] = []
    frames = film("." * 10 + "x" * 10)
    agent = Agent(
        [Camera(name="c", open=lambda _: InProcess(ArraySource(frames)), live=False)],
        record=keeping(events),
        log=log,
        decision=DecisionSettings(open_after=2, open_window=3, close_after=3, update_seconds=1000),
    )
    agent.swap(folder)
    agent.start()
    assert agent.wait(30)
    report = agent.stop().cameras[0]
    assert report.skipped["too early"] == 4
    assert report.frames_captured == report.frames_judged + report.frames_skipped == 20
    assert report.frames_anomalous == 4
    assert [(event.phase, event.first_frame) for event in events] == [(Phase.OPENED, 10), (Phase.CLOSED, 10)]


def test_a_bundle_of_single_frames_holds_no_frames_back(tmp_path: Path, log: FilteringBoundLogger) -> None:
    frames = film("." * 6)
    agent = Agent(
        [Camera(name="c", open=lambda _: InProcess(ArraySource(frames)), live=False)], record=lambda _: None, log=log
    )
    agent.swap(make_bundle(tmp_path / "plain").folder)
    agent.start()
    assert agent.wait(30)
    assert agent.stop().cameras[0].skipped["too early"] == 0


def test_videos_are_inspected_and_pictures_are_refused(folder: Path) -> None:
    model = load_model(folder)
    items = [Item(f"frame-{number}", pixels) for number, pixels in enumerate(film("......xx"))]
    result = judge_items(model, Items(iter(items), len(items), moving=True), "film", None)
    assert (result.judged, result.anomalous) == (4, 2)
    assert "only show how things move" in result.findings[3].trouble
    with pytest.raises(WrongUse, match="give a video, not pictures"):
        judge_items(model, Items(iter(items), len(items), moving=False), "pictures", None)
