"""Which runtime judges is a matter of the device's health, and what is judged does not depend on how it is batched."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import FilteringBoundLogger

from edge.infer.native_bundle import make_native_bundle
from edge.keeping import keeping
from edge.tiny_bundle import grey_frame, make_bundle
from linewatch.edge.agent.agent import Agent
from linewatch.edge.capture.arrays import ArraySource
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.event import THE_DEVICE, AnomalyEvent, Event, HealthEvent, Phase
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.tuned import Choice, Tuned, device_facts
from linewatch.edge.optional import is_installed


def film(pattern: str, name: str) -> Camera:
    frames = [grey_frame(spot=sign == "x") for sign in pattern]
    return Camera(name=name, open=lambda _: InProcess(ArraySource(frames)), live=False)


@pytest.mark.skipif(is_installed("tensorrt"), reason="TensorRT is installed here: nothing stands in for it")
def test_a_runtime_that_stands_in_opens_an_event_about_the_device(
    bundle_folder: Path, tmp_path: Path, log: FilteringBoundLogger
) -> None:
    kept: list[Event] = []
    agent = Agent(
        [film(".", "c")],
        record=kept.append,
        log=log,
        inference=InferenceSettings(runtime="tensorrt"),
        engines=tmp_path / "engines",
    )
    agent.swap(make_native_bundle(tmp_path / "b").folder)
    agent.start()
    agent.swap(bundle_folder)
    agent.wait(30)
    report = agent.stop()
    assert (report.runtime, report.target) == ("onnxruntime", "onnx-cpu-int8")
    events = [event for event in kept if isinstance(event, HealthEvent)]
    assert [(event.camera, event.phase) for event in events] == [
        (THE_DEVICE, Phase.OPENED),
        (THE_DEVICE, Phase.UPDATED),
        (THE_DEVICE, Phase.CLOSED),
    ]
    assert events[0].reason.startswith("onnxruntime stands in: tensorrt: TensorRT is not installed")
    assert "has no target for TensorRT" in events[1].reason
    assert events[2].reason.endswith("; the agent stopped")


@pytest.mark.parametrize("batch", [1, 3, 8])
@pytest.mark.parametrize("workers", [1, 3])
def test_each_camera_gets_its_own_events_however_frames_are_batched(
    bundle_folder: Path, log: FilteringBoundLogger, batch: int, workers: int
) -> None:
    patterns = {f"c{number}": "." * (5 + number) + "x" * (6 + number) + "." * 12 for number in range(5)}
    events: list[AnomalyEvent] = []
    agent = Agent(
        [film(pattern, name) for name, pattern in patterns.items()],
        record=keeping(events),
        log=log,
        inference=InferenceSettings(workers=workers, batch=batch, latency_budget_ms=1000),
    )
    agent.swap(bundle_folder)
    agent.start()
    assert agent.wait(60)
    report = agent.stop()
    for camera in report.cameras:
        pattern = patterns[camera.camera]
        assert camera.frames_captured == camera.frames_judged == len(pattern)
        assert camera.frames_anomalous == pattern.count("x")
        opened = [event for event in events if event.camera == camera.camera and event.phase is Phase.OPENED]
        assert [event.first_frame for event in opened] == [pattern.index("x")]


def test_what_was_tuned_serves_where_the_file_says_nothing_and_says_for_which_bundle_it_is_not(
    model: Model, tmp_path: Path, log: FilteringBoundLogger
) -> None:
    tuned = Tuned(
        facts=device_facts(),
        bundle=model.digest,
        bundle_name=model.bundle.manifest.name,
        choice=Choice(workers=1, batch=4, arena=False),
        frames_per_second=2.0,
        frames_per_second_before=1.0,
        megabytes=3.0,
        megabytes_before=4.0,
    )
    agent = Agent([film("....", "c")], record=lambda _: None, log=log, tuned=tuned)
    with capture_logs() as logs:
        agent.swap(model.bundle.folder)
        assert not [entry for entry in logs if entry["log_level"] == "warning"]
        agent.start()
        agent.wait(30)
        agent.swap(make_bundle(tmp_path / "other", gain=1.5).folder)
    assert [entry["with_bundle"] for entry in logs if entry["log_level"] == "warning"] == [model.digest]
    assert agent.stop().frames == 4
