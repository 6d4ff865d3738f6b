import json
import shutil
import socket
import threading
import time
import urllib.request
from pathlib import Path

import cv2
import pytest
from structlog.typing import FilteringBoundLogger

from brokers import BrokerProcess, until
from edge.publish.cloud_double import CloudDouble
from edge.tiny_bundle import grey_frame, make_bundle
from linewatch.edge.agent.report import AgentReport
from linewatch.edge.agent.service import Service, ServiceReport
from linewatch.edge.agent.status import device_status
from linewatch.edge.config import EdgeSettings
from linewatch.edge.decide.event import HealthEvent, Phase
from linewatch.edge.errors import ConfigurationError, SourceError
from linewatch.edge.health.settings import HealthSettings
from linewatch.edge.infer.model import Model
from linewatch.edge.publish.status import Golden
from linewatch.edge.publish.views.memory import Memory
from linewatch.edge.spool import room
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.spool import Spool
from linewatch.edge.update.control import ask_plainly
from linewatch.edge.update.trial import Stage, Trials
from linewatch.protos.bundle import read_bundle

UPDATES = {"enabled": True, "registry": "http://127.0.0.1:9/registry", "bundle": "tiny"}
UNREACHABLE = {"host": "127.0.0.1", "port": 9, "drain_seconds": 0.2}


def settings(folder: Path, **tables: object) -> EdgeSettings:
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(12):
        cv2.imwrite(str(pictures / f"{number}.png"), grey_frame(spot=number in (3, 4, 5)))
    table = {
        "device": {"site": "s", "name": "d", "state": str(folder / "state")},
        "cameras": [{"name": "c", "source": str(pictures)}],
        **tables,
    }
    return EdgeSettings.model_validate(table, strict=False)


def run(configuration: EdgeSettings, log: FilteringBoundLogger, stop: threading.Event | None = None) -> ServiceReport:
    return Service(configuration, log).run(stop or threading.Event())


def test_events_wait_in_the_spool_while_the_broker_is_away(
    tmp_path: Path, bundle_folder: Path, log: FilteringBoundLogger
) -> None:
    report = run(settings(tmp_path, inference={"bundle": str(bundle_folder)}, publish=UNREACHABLE), log)
    assert report.agent.frames == 12
    assert report.agent.events_recorded == 2
    assert report.spool.waiting_messages == 2
    assert report.publish is not None
    assert report.publish.acknowledged == 0
    assert report.publish.last_error
    with Spool(tmp_path / "state/spool.db", SpoolSettings(), site="s", device="d") as spool:
        assert {message.boot for message in spool.pending()} == {report.boot}


@pytest.mark.mosquitto
def test_a_run_says_how_little_it_sent_and_shows_itself_to_home_assistant(
    tmp_path: Path, bundle_folder: Path, log: FilteringBoundLogger
) -> None:
    with BrokerProcess("mosquitto", tmp_path) as broker, CloudDouble(broker.port) as cloud:
        publish = {"port": broker.port, "also": ["home-assistant"]}
        report = run(settings(tmp_path, inference={"bundle": str(bundle_folder)}, publish=publish), log)
        assert (report.spool.waiting_messages, cloud.sequences()) == (0, [1, 2])
        (camera,) = report.agent.cameras
        assert camera.bytes_captured == 12 * grey_frame(spot=False).nbytes
        payloads = sum(len(event.SerializeToString()) for event in cloud.events)
        assert payloads < camera.bytes_sent < payloads + 2000
        assert until(lambda: len(Memory(tmp_path / "state/views.json").retained("home-assistant")) == 8)


def test_a_registry_that_is_away_does_not_stop_a_device_with_a_bundle(
    tmp_path: Path, bundle_folder: Path, log: FilteringBoundLogger
) -> None:
    report = run(settings(tmp_path, inference={"bundle": str(bundle_folder)}, update=UPDATES), log)
    assert report.agent.frames == 12
    assert report.update is not None


def test_a_device_without_a_bundle_waits_for_one_and_can_be_stopped(tmp_path: Path, log: FilteringBoundLogger) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    report = run(settings(tmp_path, update=UPDATES), log, stop)
    assert stop.is_set()
    assert (report.agent.frames, report.agent.bundle_digest) == (0, "")
    assert device_status(report.agent, "").golden is Golden.UNKNOWN


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path, log: FilteringBoundLogger) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(ConfigurationError, match=r"device\.state"):
        run(settings(tmp_path), log)


def test_a_missing_source_is_noticed_before_anything_starts(tmp_path: Path, log: FilteringBoundLogger) -> None:
    configuration = settings(tmp_path, cameras=[{"name": "c", "source": str(tmp_path / "no.mp4")}])
    with pytest.raises(SourceError):
        Service(configuration, log)
    assert not (tmp_path / "state").exists()


def test_the_status_says_what_runs(tmp_path: Path, bundle_folder: Path, log: FilteringBoundLogger) -> None:
    report: AgentReport = run(settings(tmp_path, inference={"bundle": str(bundle_folder)}), log).agent
    status = device_status(report, "an older release")
    assert (status.bundle_digest, status.bundle_name, status.golden) == (report.bundle_digest, "tiny", Golden.PASSED)
    assert status.update_refusal == "an older release"
    assert [(camera.camera, camera.frames_captured, camera.frames_scored) for camera in status.cameras] == [
        ("c", 12, 12)
    ]
    assert status.agent_version


def test_the_status_page_and_the_service_manager_hear_of_a_run(
    tmp_path: Path, bundle_folder: Path, log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, socket.socket() as probe:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        configuration = settings(
            tmp_path,
            cameras=[{"name": "c", "source": "simulated:?fps=50"}],
            inference={"bundle": str(bundle_folder)},
            health={"listen": f"127.0.0.1:{port}"},
        )
        stop = threading.Event()
        service = threading.Thread(target=run, args=(configuration, log, stop))
        service.start()
        try:
            assert manager.recv(100) == b"READY=1"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                assert 'linewatch_camera_up{camera="c"}' in answer.read().decode()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/status.json", timeout=5) as answer:
                assert json.load(answer)["agent"]["bundle_name"] == "tiny"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                assert b"tiny" in answer.read()
        finally:
            stop.set()
            service.join()
        assert manager.recv(100) == b"STOPPING=1"


def test_a_device_that_waits_for_its_first_bundle_is_ready(
    tmp_path: Path, log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "1000")
        stop = threading.Event()
        service = threading.Thread(target=run, args=(settings(tmp_path, update=UPDATES), log, stop))
        service.start()
        try:
            assert manager.recv(100) == b"READY=1"
            assert manager.recv(100) == b"WATCHDOG=1\nSTATUS=waiting for the first bundle"
        finally:
            stop.set()
            service.join()


def test_an_agent_that_ends_as_it_is_told_or_by_an_error_says_nothing_against_a_new_bundle(
    tmp_path: Path, bundle_folder: Path, log: FilteringBoundLogger
) -> None:
    digest = read_bundle(bundle_folder).digest
    state = tmp_path / "state"
    shutil.copytree(bundle_folder, state / "bundles" / digest)
    (state / "bundles/current").symlink_to(digest)
    Trials(state).begin(digest, Stage.SERVING)
    Trials(state).stop()
    configuration = settings(tmp_path, publish=UNREACHABLE)
    report = run(configuration, log)
    assert report.agent.bundle_digest == digest
    trial = Trials(state).now()
    assert trial is not None
    assert not trial.running
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        health = HealthSettings(listen=f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ConfigurationError, match="listen"):
            run(configuration.model_copy(update={"health": health}), log)
    trial = Trials(state).now()
    assert trial is not None
    assert not trial.running


def test_a_bundle_that_was_undone_is_told_of_in_status_and_as_an_event(
    tmp_path: Path, bundle_folder: Path, log: FilteringBoundLogger
) -> None:
    state, new = tmp_path / "state", make_bundle(tmp_path / "new", gain=2).digest
    good = read_bundle(bundle_folder).digest
    for digest, folder, link in ((new, tmp_path / "new", "current"), (good, bundle_folder, "previous")):
        shutil.copytree(folder, state / "bundles" / digest)
        (state / "bundles" / link).symlink_to(digest)
    Trials(state).begin(new, Stage.SERVING)
    Trials(state).settle()
    Trials(state).begin(new, Stage.SERVING)
    report = run(settings(tmp_path), log)
    assert report.agent.bundle_digest == good
    with Spool(state / "spool.db", SpoolSettings(), site="s", device="d") as spool:
        events = [event for event in spool.newest(10) if isinstance(event, HealthEvent)]
    assert [(event.camera, event.phase) for event in events] == [("", Phase.OPENED), ("", Phase.CLOSED)]
    assert f"returned from the bundle {new[:12]}: the agent died again and again" in events[0].reason


def test_an_operator_is_told_what_a_camera_scores(
    tmp_path: Path, bundle_folder: Path, model: Model, log: FilteringBoundLogger
) -> None:
    configuration = settings(
        tmp_path,
        cameras=[{"name": "c", "source": "simulated:?fps=50&width=128&height=96"}],
        inference={"bundle": str(bundle_folder)},
    )
    words = {"do": "scores", "camera": "c", "bundle": model.digest, "target": model.target.name, "since_unix_ns": "0"}
    stop, limit = threading.Event(), time.monotonic() + 30
    service = threading.Thread(target=run, args=(configuration, log, stop))
    service.start()
    try:
        answer = None
        while (answer is None or not answer["scores"]) and time.monotonic() < limit:
            time.sleep(0.05)
            answer = ask_plainly(tmp_path / "state", words) if (tmp_path / "state").is_dir() else None
        assert answer is not None
        assert answer["scores"]
    finally:
        stop.set()
        service.join()


def test_a_full_disk_is_told_as_an_event_of_the_device_and_stops_no_judging(
    tmp_path: Path, bundle_folder: Path, log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state/spool.db"
    Spool(state, SpoolSettings(), site="s", device="d").close()
    free, stop = [0], threading.Event()
    monkeypatch.setattr(room, "free_on_disk", lambda _: free[0])
    cameras = [{"name": "c", "source": "simulated:?fps=50"}]
    configuration = settings(tmp_path, inference={"bundle": str(bundle_folder)}, publish=UNREACHABLE, cameras=cameras)

    def make_room() -> None:
        time.sleep(1.5)
        free[0] = 1 << 40
        time.sleep(4.0)
        stop.set()

    watcher = threading.Thread(target=make_room)
    watcher.start()
    report = run(configuration, log, stop)
    watcher.join()
    assert report.agent.frames > 100
    assert report.agent.events_lost == 0
    assert report.spool.trouble == ""
    with Spool(state, SpoolSettings(), site="s", device="d") as spool:
        told = [event for event in spool.newest(1000) if isinstance(event, HealthEvent)]
    assert [event.phase for event in told] in (
        [Phase.OPENED, Phase.CLOSED],
        [Phase.OPENED, Phase.UPDATED, Phase.CLOSED],
    )
    assert all("the disk is full" in event.reason and event.camera == "" for event in told)
    assert "the agent stopped" not in told[-1].reason
