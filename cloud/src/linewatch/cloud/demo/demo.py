"""Runs the whole loop once, with Linewatch's own commands, and gathers what happened."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linewatch.cloud.charts.exhibit import Exhibit
from linewatch.cloud.charts.histogram import score_histogram
from linewatch.cloud.config import load_cloud
from linewatch.cloud.demo.children import Child, installed_command
from linewatch.cloud.demo.earlier import check_place, keep_own_files, mark
from linewatch.cloud.demo.exhibits import event_exhibits, picture_exhibits
from linewatch.cloud.demo.film import Film, check_showable, film_of_pictures, film_of_samples
from linewatch.cloud.demo.judge import Judged, judge_test_pictures
from linewatch.cloud.demo.layout import Layout, write_cloud_config, write_edge_config, write_edge_config_to_go_on
from linewatch.cloud.demo.measured import Measured, measured
from linewatch.cloud.demo.missed import missed_exhibits
from linewatch.cloud.demo.ports import free_ports
from linewatch.cloud.demo.report import Report, write_report
from linewatch.cloud.demo.result import DemoResult
from linewatch.cloud.demo.steps import linewatch
from linewatch.cloud.demo.tally import Alarm, Tally, tally
from linewatch.cloud.errors import CloudError, WrongUse
from linewatch.cloud.events.store import EventStore
from linewatch.cloud.events.stored_event import StoredEvent
from linewatch.cloud.samples.dataset import write_dataset
from linewatch.cloud.training.dataset import Dataset, open_dataset
from linewatch.cloud.training.progress import Progress
from linewatch.cloud.training.run import RUN_FILE
from linewatch.protos.bundle import Bundle, read_bundle
from linewatch.protos.staging import staged

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

    All of it or nothing: an earlier result stays at `out` until the new one takes its place.

    Raises:
        WrongUse: something else than a demo's result stands at `out`.
        DatasetError: the pictures cannot be used.
        CloudError: a step failed; its command has said why.
    """
    begun = time.monotonic()
    check_place(out)
    given = None if data is None else _usable(data, out)
    with _beside(out) as layout:
        dataset = given or open_dataset(write_dataset(layout.pictures, seed=seed, progress=progress))
        bits = _learn(layout, given, seed)
        bundle = read_bundle(layout.bundle)
        film = _film(data, layout, dataset, bits, seed, progress)
        http_port, broker_port = free_ports(2)
        home = _watch(layout, film, http_port, broker_port, progress)
        counted = tally(film.showings, _alarms(home.stored))
        missed = missed_exhibits(film.path, counted.missed, bundle)
        film.path.unlink()  # hundreds of megabytes; the H.264 copy shows the same
        figures = measured(bundle)
        place = Layout(out.absolute())
        result = _result(film, place, home, counted, figures, time.monotonic() - begun)
        judged = judge_test_pictures(bundle, dataset, bits, progress)
        _report(bundle, dataset, data, layout, home, figures, result, judged, missed)
        test_pictures = layout.pictures.relative_to(layout.folder) if given is None else given.root
        write_edge_config_to_go_on(layout, str(test_pictures / "test"), http_port=http_port, broker_port=broker_port)
        if given is None:
            _tell_of_place(layout, place.pictures)
    return result


def _usable(data: Path, out: Path) -> Dataset:
    """The user's pictures, looked at before anything is removed or begun."""
    if data.resolve().is_relative_to(out.resolve()):
        raise WrongUse(f"{data} lies in {out}, which the demo replaces: move the pictures elsewhere, or give --out")
    dataset = open_dataset(data)
    check_showable(dataset)
    return dataset


@contextmanager
def _beside(out: Path) -> Iterator[Layout]:
    """A new folder that takes the place of `out` when all went well; what people keep there stays."""
    try:
        with staged(out) as folder:
            yield Layout(folder)
            mark(folder)
            if out.is_dir():
                keep_own_files(out, folder)
    except OSError as error:
        raise CloudError(f"cannot write the demo's result to {out}: {error}") from error


def _learn(layout: Layout, given: Dataset | None, seed: int) -> int:
    """Train and compile, in the folder itself, so that nothing says where it stood; returns the pictures' bits."""
    pictures = layout.pictures.name if given is None else given.root
    run, bundle, seeded = layout.run.name, layout.bundle.name, ("--seed", str(seed))
    linewatch("train", pictures, "-o", run, *seeded, folder=layout.folder)
    compiling = ("--name", "demo", "--max-auroc-loss", str(_MAX_AUROC_LOSS))
    linewatch("compile", run, "-o", bundle, *compiling, *seeded, folder=layout.folder)
    bits: int = _run_facts(layout)["dataset"]["bits"]
    return bits


def _tell_of_place(layout: Layout, pictures: Path) -> None:
    """Let the run find its pictures where they will stand."""
    facts = _run_facts(layout)
    facts["dataset"]["path"] = str(pictures)
    (layout.run / RUN_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _run_facts(layout: Layout) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((layout.run / RUN_FILE).read_text(encoding="utf-8"))
    return facts


def _film(data: Path | None, layout: Layout, dataset: Dataset, bits: int, seed: int, progress: Progress) -> Film:
    if data is None:
        return film_of_samples(layout.video, seed, progress)
    return film_of_pictures(layout.video, dataset, bits, seed, progress)


def _watch(layout: Layout, film: Film, http_port: int, broker_port: int, progress: Progress) -> _Home:
    """Publish the bundle, start the cloud, let the agent watch the film, and see what was stored."""
    linewatch("cloud", "init", "--dir", layout.cloud, "--site", "demo", folder=layout.folder)
    write_cloud_config(layout, http_port=http_port, broker_port=broker_port)
    linewatch("publish", layout.bundle, "--config", layout.cloud_config, folder=layout.folder)
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
        missed=[showing.told for showing in counted.missed],
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
    missed: list[Exhibit],
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
        missed=missed,
    )
    write_report(layout.report, report)


def _told(data: Path | None, dataset: Dataset) -> str:
    origin = "pictures drawn by Linewatch" if data is None else str(data)
    return f"{origin}: {len(dataset.train)} good pictures to learn from, {len(dataset.test)} to judge"
