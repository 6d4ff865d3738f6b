"""Runs the whole loop once, with Linewatch's own commands, and gathers what happened."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linewatch.cloud.charts.histogram import score_histogram
from linewatch.cloud.config import load_cloud
from linewatch.cloud.demo.children import Child, installed_command
from linewatch.cloud.demo.exhibits import event_exhibits, picture_exhibits
from linewatch.cloud.demo.film import Film, check_showable, film_of_pictures, film_of_samples
from linewatch.cloud.demo.judge import Judged, judge_test_pictures
from linewatch.cloud.demo.layout import Layout, write_cloud_config, write_edge_config
from linewatch.cloud.demo.measured import Measured, measured
from linewatch.cloud.demo.ports import free_ports
from linewatch.cloud.demo.report import Report, write_report
from linewatch.cloud.demo.result import DemoResult
from linewatch.cloud.demo.steps import linewatch
from linewatch.cloud.demo.tally import Alarm, Tally, tally
from linewatch.cloud.errors import WrongUse
from linewatch.cloud.events.store import EventStore
from linewatch.cloud.events.stored_event import StoredEvent
from linewatch.cloud.samples.dataset import write_dataset
from linewatch.cloud.training.dataset import Dataset, open_dataset
from linewatch.cloud.training.progress import Progress
from linewatch.cloud.training.run import RUN_FILE
from linewatch.protos.bundle import Bundle, read_bundle

_CLOUD_READY_SECONDS = 60.0
_STORED_SECONDS = 30.0
_MAX_AUROC_LOSS = 0.03
"""Twice that of `linewatch compile`: a demo shows what a student loses, and ships none."""


@dataclass(frozen=True, kw_only=True)
class _Home:
    """What came home: the agent's own account, and what the cloud stored and received."""

    agent: dict[str, Any]
    stored: list[StoredEvent]
    received: int


def run_demo(data: Path | None, out: Path, seed: int, progress: Progress) -> DemoResult:
    """Do the main job on the pictures in `data`, or on pictures drawn for it, and write everything below `out`.

    Raises:
        DatasetError: the pictures cannot be used.
        CloudError: a step failed; its command has said why.
    """
    begun = time.monotonic()
    given = None if data is None else _usable(data, out)
    layout = _prepare(out)
    dataset = given or open_dataset(write_dataset(layout.pictures, seed=seed, progress=progress))
    linewatch("train", dataset.root, "-o", layout.run, "--seed", str(seed))
    compiling = ("--name", "demo", "--seed", str(seed), "--max-auroc-loss", str(_MAX_AUROC_LOSS))
    linewatch("compile", layout.run, "-o", layout.bundle, *compiling)
    bundle = read_bundle(layout.bundle)
    bits = json.loads((layout.run / RUN_FILE).read_text(encoding="utf-8"))["dataset"]["bits"]
    film = _film(data, layout, dataset, bits, seed, progress)
    home = _watch(layout, film, progress)
    film.path.unlink()  # hundreds of megabytes; the H.264 copy shows the same
    counted = tally(film.showings, _alarms(home.stored))
    figures = measured(bundle)
    result = _result(film, layout, home, counted, figures, time.monotonic() - begun)
    judged = judge_test_pictures(bundle, dataset, bits, progress)
    _report(bundle, dataset, data, layout, home, figures, result, judged)
    return result


def _usable(data: Path, out: Path) -> Dataset:
    """The user's pictures, looked at before anything is removed or begun."""
    if data.resolve().is_relative_to(out.resolve()):
        raise WrongUse(f"{data} lies in {out}, which the demo replaces: move the pictures elsewhere, or give --out")
    dataset = open_dataset(data)
    check_showable(dataset)
    return dataset


def _prepare(out: Path) -> Layout:
    """An empty folder for this run; that of an earlier demo is replaced."""
    layout = Layout(out.absolute())
    if out.exists() and not out.is_dir():
        raise WrongUse(f"{out} is a file: give another folder with --out")
    if out.exists() and any(out.iterdir()) and not layout.mark.is_file():
        raise WrongUse(f"{out} is not empty and no earlier demo: give another folder with --out")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    layout.mark.write_text("made by linewatch demo; replaced by the next one\n", encoding="utf-8")
    return layout


def _film(data: Path | None, layout: Layout, dataset: Dataset, bits: int, seed: int, progress: Progress) -> Film:
    if data is None:
        return film_of_samples(layout.video, seed, progress)
    return film_of_pictures(layout.video, dataset, bits, seed, progress)


def _watch(layout: Layout, film: Film, progress: Progress) -> _Home:
    """Publish the bundle, start the cloud, let the agent watch the film, and see what was stored."""
    http_port, broker_port = free_ports(2)
    linewatch("cloud", "init", "--dir", layout.cloud, "--site", "demo")
    write_cloud_config(layout, http_port=http_port, broker_port=broker_port)
    linewatch("publish", layout.bundle, "--config", layout.cloud_config)
    write_edge_config(layout, film.path, http_port=http_port, broker_port=broker_port)
    store = EventStore(load_cloud(layout.cloud_config).events.store)
    cloud = Child(
        [installed_command("linewatch"), "cloud", "up", "--config", str(layout.cloud_config)], layout.cloud_log
    )
    agent = Child(
        [
            installed_command("linewatch-edge"), "run", "--once",
            "--config", str(layout.edge_config), "--json", str(layout.agent_json),
        ],
        layout.agent_log,
    )  # fmt: skip
    try:
        with cloud:
            cloud.wait_until(layout.health(http_port), seconds=_CLOUD_READY_SECONDS, what="the cloud")
            with agent:
                agent.wait(
                    tick=lambda: progress("events stored", store.count(), max(1, store.count())), what="the agent"
                )
            account = json.loads(layout.agent_json.read_text(encoding="utf-8"))
            _wait_for(store, account["agent"]["events_recorded"])
            received = layout.counts(http_port)["received"]
            return _Home(agent=account, stored=store.events(evidence=True), received=received)
    finally:
        store.close()


def _wait_for(store: EventStore, messages: int) -> None:
    deadline = time.monotonic() + _STORED_SECONDS
    while store.count() < messages and time.monotonic() < deadline:
        time.sleep(0.1)


def _alarms(stored: list[StoredEvent]) -> list[Alarm]:
    """One for each event, as its last message tells it."""
    latest = {event.event_id: event for event in stored if event.kind == "anomaly"}
    return [Alarm(first=event.first_frame, last=event.last_frame, peak=event.peak_frame) for event in latest.values()]


def _result(film: Film, layout: Layout, home: _Home, counted: Tally, figures: Measured, seconds: float) -> DemoResult:
    agent, publish = home.agent["agent"], home.agent["publish"]
    identities = {(event.device, event.boot, event.sequence) for event in home.stored}
    waiting = home.agent["spool"]["waiting_messages"]
    missing = agent["events_recorded"] - len(identities)
    return DemoResult(
        fps=agent["fps"],
        frames=agent["frames"],
        teacher_auroc=figures.teacher_auroc,
        student_auroc=figures.int8_auroc,
        teacher_ms=figures.teacher_ms,
        student_fp32_ms=figures.fp32_ms,
        student_int8_ms=figures.int8_ms,
        student_fp32_bytes=figures.fp32_bytes,
        student_int8_bytes=figures.int8_bytes,
        size_ratio=figures.fp32_bytes / figures.int8_bytes,
        miss_rate=counted.miss_rate,
        false_alarm_rate=counted.false_alarm_rate,
        parts=counted.good + counted.defective,
        parts_defective=counted.defective,
        parts_found=counted.found,
        events_opened=agent["events_opened"],
        messages_spooled=agent["events_recorded"],
        events_received=home.received,
        events_stored=len(identities),
        events_waiting=waiting,
        events_lost=max(0, missing - waiting) + agent["events_lost"],
        events_duplicated=len(home.stored) - len(identities),
        bytes_sent=publish["wire_bytes"],
        bytes_h264=film.h264_bytes,
        seconds=seconds,
        report=str(layout.report),
    )


def _report(
    bundle: Bundle,
    dataset: Dataset,
    data: Path | None,
    layout: Layout,
    home: _Home,
    figures: Measured,
    result: DemoResult,
    judged: list[Judged],
) -> None:
    good = [one.score for one in judged if not one.kind_is_defect]
    bad = [one.score for one in judged if one.kind_is_defect]
    report = Report(
        name=f"Linewatch on {dataset.root.name}",
        data=_told(data, dataset),
        result=result,
        table=figures.rows(),
        histogram=score_histogram(good, bad, bundle.manifest.targets[0].threshold.score),
        pictures=picture_exhibits(judged),
        events=event_exhibits(home.stored),
    )
    write_report(layout.report, report)


def _told(data: Path | None, dataset: Dataset) -> str:
    origin = "pictures drawn by Linewatch" if data is None else str(data)
    return f"{origin}: {len(dataset.train)} good pictures to learn from, {len(dataset.test)} to judge"
