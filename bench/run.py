"""`make bench`: every bench in turn, all figures into `bench/results.json`."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import (
    agreement,
    chaos_events,
    coreset,
    drain,
    edge_throughput,
    inferencer,
    local_teaching,
    power_cuts,
    raw_frames,
    swaps,
    tamper,
    uplink,
    video_file,
    weight,
)
from bench.compiler import models, rivals, speed, video
from bench.record import RESULTS, Record, write_results
from linewatch.cloud.samples.dataset import Counts, write_dataset
from linewatch.cloud.training.hand_over import pictures_of, suited_shape
from linewatch.cloud.training.run import Run, TrainSettings, load_run, train
from linewatch.compiler.bundle.threshold import Budget
from linewatch.compiler.compile import Compiled, compile_bundle
from linewatch.compiler.memory import keep_freed_memory
from linewatch.compiler.prune.prune import PruneSettings
from linewatch.compiler.search.candidate import WIDTHS
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.teach.distil import DistilSettings


@cache
def sample() -> Compiled:
    """A student of the project's own pictures, made once for all benches of this process."""
    settings = CompileSettings(name="samples", max_auroc_loss=1.0, student=suited_shape(_sample_run()))
    return _compiled("bundle", _sample_run(), settings)


@cache
def fast_sample() -> Compiled:
    """One as `--fps 1000` mostly chooses; briefly taught, for it is only timed."""
    width = min(WIDTHS, key=lambda one: one.scale)
    settings = CompileSettings(
        name="samples",
        max_auroc_loss=1.0,
        student=replace(suited_shape(_sample_run()), features=width.features),
        prune=PruneSettings().scaled(width.scale),
        distil=DistilSettings(steps=60),
    )
    return _compiled("fast-bundle", _sample_run(), settings)


@cache
def labelled_sample() -> Compiled:
    """One for a dear uplink: the line ran for a while, ten defects of each kind are labelled, few alarms are wanted."""
    run = _trained("labelled", Counts(train_good=800, test_good=64, each_labelled=10))
    settings = CompileSettings(
        name="samples",
        budget=Budget(false_alarms_per_hour=9.0),
        max_auroc_loss=1.0,
        student=suited_shape(run),
    )
    return _compiled("labelled-bundle", run, settings)


def _sample_run() -> Run:
    return _trained("samples", Counts())


@cache
def _trained(name: str, counts: Counts) -> Run:
    folder = Path(_scratch().name)
    train(write_dataset(folder / name, counts=counts), folder / f"{name}-run", TrainSettings())
    return load_run(folder / f"{name}-run")


def _compiled(name: str, run: Run, settings: CompileSettings) -> Compiled:
    return compile_bundle(run.teacher, pictures_of(run), Path(_scratch().name) / name, settings)


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="linewatch-bench-")


BENCHES: Mapping[str, Callable[[], list[Record]]] = {
    "agreement": lambda: agreement.measure(sample(), Path(_scratch().name) / "samples"),
    "chaos": lambda: chaos_events.measure(sample().bundle.folder),
    "coreset": coreset.measure,
    "drain": drain.measure,
    "edge": lambda: edge_throughput.measure(sample().bundle.folder),
    "events": lambda: chaos_events.measure_short(sample().bundle.folder),
    "h264": lambda: video_file.measure(sample().bundle.folder),
    "inferencer": lambda: inferencer.measure(sample().bundle.folder),
    "local": lambda: local_teaching.measure(sample().bundle.folder, Path(_scratch().name) / "samples"),
    "models": models.measure,
    "power": lambda: power_cuts.measure(sample().bundle.folder),
    "raw": lambda: raw_frames.measure({"default": sample().bundle.folder, "fast": fast_sample().bundle.folder}),
    "rivals": rivals.measure,
    "speed": speed.measure,
    "swaps": lambda: swaps.measure(sample().bundle.folder),
    "tamper": lambda: tamper.measure(sample().bundle.folder),
    "uplink": lambda: uplink.measure(labelled_sample().bundle.folder),
    "video": video.measure,
    "weight": lambda: weight.measure(sample().bundle.folder),
}


def main() -> None:
    """Run the benches that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"of {', '.join(BENCHES)}; all when none is named")
    chosen = parser.parse_args().benches or list(BENCHES)
    if unknown := set(chosen) - set(BENCHES):
        parser.error(f"unknown bench {sorted(unknown)[0]}; known are {', '.join(BENCHES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that started processes are ended
    keep_freed_memory()
    console = Console(stderr=True)
    for name in chosen:
        console.print(f"bench {name} ...")
        records = BENCHES[name]()
        write_results(records)
        _show(records)
    sys.stderr.write(f"written to {RESULTS}\n")


def _show(records: list[Record]) -> None:
    table = Table()
    for heading in ("figure", "value", "unit", "goal", "limit", "met"):
        table.add_column(heading)
    for record in records:
        met = "" if record.met is None else "yes" if record.met else "NO"
        table.add_row(record.name, f"{record.value:.4g}", record.unit, record.goal, record.limit, met)
    Console().print(table)


if __name__ == "__main__":
    main()
