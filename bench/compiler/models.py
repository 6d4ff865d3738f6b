"""Teacher and student on each set, from good pictures alone and with labelled defects: accuracy, speed, size, time.

`python -m bench.compiler.models [SET ...]` trains and compiles the named sets, or all, of `../shared/data`; without
that folder it measures the project's own pictures. Compiles refuse nothing here: a student that fell short is a figure
too.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from bench.compiler.sets import SETS, SHARED, picture_sets, with_labels
from bench.record import Record, at_least, at_most, seen
from linewatch.cloud.demo.measured import Measured, measured
from linewatch.cloud.training.hand_over import pictures_of, suited_shape
from linewatch.cloud.training.run import Run, TrainSettings, load_run, train
from linewatch.compiler.bundle.threshold import Budget, decide, future_rate_bound
from linewatch.compiler.compile import Compiled, compile_bundle
from linewatch.compiler.pictures import Pictures
from linewatch.compiler.prove.naming import Naming
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import suited_heads
from linewatch.compiler.target import ONNX_CPU_INT8
from linewatch.compiler.teacher import FloatArray
from linewatch.protos.promise import rate_bound

TEACHER_GOALS = {"ball_screw": 0.94, "toy_alien": 0.99}
COMMAND = "python -m bench.compiler.models"
FEW = 10
FALSE_ALARM_RATE = 0.02
_LABELS = {"10shot": (FEW, 0.02), "all_labels": (None, 0.005)}
"""How many labels of a kind, and the miss rate that is asked for on the sets of parts in a fixture."""
_SPLITS = 100
_FIXTURES = ("ball_screw", "toy_alien")


def measure(names: Sequence[str] = (), folder: Path = SHARED) -> list[Record]:
    """Records of the named sets in `folder`, or of all, and of their means.

    Of several sets each is measured in a process of its own, so that the memory it takes is its own too.
    """
    records: list[Record] = []
    if not names and (known := [name for name in SETS if (folder / name).is_dir()]):
        for name in known:
            records += _elsewhere(name)
        return [*records, *_means(records)]
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        sets = picture_sets(folder, Path(scratch))
        for name in names or sets:
            records += _set(name, sets[name], Path(scratch))
            _tell(f"{name} is done")
    return [*records, *_means(records)]


def _elsewhere(name: str) -> list[Record]:
    done = subprocess.run([sys.executable, "-m", __spec__.name, name], stdout=subprocess.PIPE, check=True)
    return [Record(**record) for record in json.loads(done.stdout)]


def _set(name: str, pictures: Path, scratch: Path) -> list[Record]:
    begun = time.monotonic()
    _tell(f"training {name}")
    train(pictures, scratch / f"{name}-run", TrainSettings())
    run = load_run(scratch / f"{name}-run")
    _tell(f"compiling {name}")
    trained = time.monotonic()
    compiled = _compile(run, pictures_of(run), scratch / f"{name}-bundle")
    seconds = time.monotonic() - trained
    records = [
        *_from_good(name, measured(compiled.bundle), run),
        *_promise(name, compiled),
        seen(f"train_seconds_{name}", trained - begun, unit="s", command=COMMAND),
        at_most(f"compile_seconds_{name}", seconds, 900, unit="s", command=COMMAND),
        at_most(f"peak_memory_{name}", _peak_gb(), 6, unit="GB", command=COMMAND),
    ]
    for label, (most, miss_goal) in _LABELS.items():
        if most is None and name not in _FIXTURES:
            continue
        _tell(f"compiling {name} with {label}")
        records += _labelled(name, label, run, most, miss_goal, scratch / f"{name}-{label}")
    return records


def _promise(name: str, compiled: Compiled) -> list[Record]:
    """Random halves of all normal pictures that no training saw: one sets the threshold, the other one keeps it."""
    held, judged = compiled.built.targets[0].normal_scores, compiled.table.row(ONNX_CPU_INT8).accuracy.normal
    scores, random = np.concatenate([held, judged]), np.random.default_rng(0)
    splits = [random.permutation(scores) for _ in range(_SPLITS)]
    within = sum(_keeps(split, Budget()) for split in splits)
    # One alarm in the half is the promise that its number just proves: no model puts the threshold any higher.
    bound = rate_bound(1, len(scores) // 2, Budget().confidence)
    proven = Budget(false_alarms_per_hour=Budget().per_hour(bound), proven=True)
    exactly = sum(_keeps(split, proven) for split in splits)
    realised = float((judged >= 1).mean())
    return [
        at_least(f"promise_splits_within_{name}", within, 95, unit=f"of {_SPLITS} splits", command=COMMAND),
        seen(f"promise_splits_within_exactly_{name}", exactly, unit=f"of {_SPLITS} splits", command=COMMAND),
        seen(f"false_alarm_rate_on_test_{name}", realised, unit="at a threshold for 0.01", command=COMMAND),
    ]


def _keeps(scores: FloatArray, budget: Budget) -> bool:
    half = len(scores) // 2
    decision = decide(scores[:half].tolist(), budget)
    bound = future_rate_bound(decision.allowed, half, len(scores) - half, budget.confidence)
    return float((scores[half:] >= decision.value).mean()) <= bound


def _compile(run: Run, pictures: Pictures, bundle: Path) -> Compiled:
    shape = suited_shape(run)
    if pictures.labelled:
        shape = replace(shape, heads=suited_heads(by_place=run.choice.by_place, labelled=True))
    settings = CompileSettings(name=bundle.name, max_auroc_loss=1.0, student=shape)
    return compile_bundle(run.teacher, pictures, bundle, settings)


def _from_good(name: str, table: Measured, run: Run) -> list[Record]:
    teacher, student, goal = table.teacher_auroc, table.int8_auroc, TEACHER_GOALS.get(name, 0.0)
    height, width = run.choice.size
    return [
        at_least(f"teacher_auroc_{name}", teacher, goal, unit="AUROC", command=COMMAND, limit="1")
        if goal
        else seen(f"teacher_auroc_{name}", teacher, unit="AUROC", command=COMMAND, limit="1"),
        seen(f"student_auroc_{name}", student, unit="AUROC", command=COMMAND, limit="1"),
        at_least(f"auroc_kept_{name}", student / teacher, 0.99, unit="of the teacher's", command=COMMAND),
        at_least(f"size_ratio_{name}", table.fp32_bytes / table.int8_bytes, 3.9, unit="x", command=COMMAND, limit="4"),
        seen(f"student_int8_ms_{name}", table.int8_ms, unit=f"ms at {height} x {width}", command=COMMAND),
        seen(f"student_fp32_ms_{name}", table.fp32_ms, unit="ms", command=COMMAND),
        seen(f"teacher_ms_{name}", table.teacher_ms, unit="ms", command=COMMAND),
        seen(f"speedup_{name}", table.teacher_ms / table.int8_ms, unit="x", command=COMMAND),
    ]


def _labelled(name: str, label: str, run: Run, most: int | None, miss_goal: float, bundle: Path) -> list[Record]:
    compiled = _compile(run, with_labels(run, most), bundle)
    row = compiled.table.row(ONNX_CPU_INT8)
    accuracy = row.accuracy
    miss = miss_rate(accuracy.normal, accuracy.defective)
    record = f"miss_rate_{label}_{name}"
    return [
        seen(f"student_auroc_{label}_{name}", accuracy.image_auroc, unit="AUROC", command=COMMAND, limit="1"),
        at_most(record, miss, miss_goal, unit="at 2 % false alarms", command=COMMAND)
        if name in _FIXTURES
        else seen(record, miss, unit="at 2 % false alarms", command=COMMAND),
        *_named(name, label, row.naming),
    ]


def _named(name: str, label: str, naming: Naming | None) -> list[Record]:
    """Of the judged defects that were found, how many got their name; one kind alone says nothing."""
    if naming is None or len(naming.given) < 2:
        return []
    return [
        seen(f"named_{how}_{label}_{name}", count / naming.found, unit="of the found", command=COMMAND)
        for how, count in (("rightly", naming.right), ("wrongly", naming.wrong))
    ]


def miss_rate(normal: np.ndarray, defective: np.ndarray) -> float:
    """Share of the defective that score no higher than all but `FALSE_ALARM_RATE` of the normal ones."""
    allowed = int(FALSE_ALARM_RATE * len(normal))
    return float((defective <= np.sort(normal)[::-1][allowed]).mean())


def _means(records: Sequence[Record]) -> list[Record]:
    """Means over the sets, where there are several."""
    values = {record.name: record.value for record in records}
    sets = [name for name in (*SETS, "samples") if f"student_auroc_{name}" in values]
    teacher, student, few = (
        [values[f"{start}_{name}"] for name in sets]
        for start in ("teacher_auroc", "student_auroc", "student_auroc_10shot")
    )
    if len(student) < 2:
        return []
    loss = 100 * (np.mean(teacher) - np.mean(student))
    return [
        at_least("student_auroc_mean", float(np.mean(student)), 0.90, unit="AUROC", command=COMMAND, limit="1"),
        at_most("auroc_loss_mean", float(loss), 0.5, unit="points", command=COMMAND),
        at_least("student_auroc_10shot_mean", float(np.mean(few)), 0.95, unit="AUROC", command=COMMAND, limit="1"),
    ]


def _peak_gb() -> float:
    """The most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    print(json.dumps([asdict(record) for record in measure(sys.argv[1:])], indent=1))  # noqa: T201
