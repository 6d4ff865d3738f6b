"""Teacher and student on each set: accuracy, speed and size. Needs the public picture sets beside the checkout.

`python -m bench.models [FOLDER]` trains and compiles every set in FOLDER (default `../shared/data`) and prints records.
Without them it measures the project's own pictures.
"""

import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from bench.record import Record, at_least, at_most, seen
from linewatch.cloud.demo.measured import Measured, measured
from linewatch.cloud.samples.dataset import write_dataset
from linewatch.cloud.training.hand_over import pictures_of, suited_shape
from linewatch.cloud.training.run import TrainSettings, load_run, train
from linewatch.compiler.compile import compile_bundle
from linewatch.compiler.settings import CompileSettings

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("ball_screw", "toy_alien", "magnetic_tile")
TEACHER_GOALS = {"ball_screw": 0.94, "toy_alien": 0.99}
COMMAND = "python -m bench.models"


def measure(folder: Path = FOLDER) -> list[Record]:
    """Records of every set in `folder`, or of the project's own pictures where there is none."""
    records: list[Record] = []
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        sets = {name: folder / name for name in SETS if (folder / name).is_dir()}
        sets = sets or {"samples": write_dataset(Path(scratch) / "samples")}
        for name, pictures in sets.items():
            print(f"training and compiling {name}", file=sys.stderr)  # noqa: T201
            records += _measure_one(name, pictures, Path(scratch) / name)
    return records


def _measure_one(name: str, pictures: Path, scratch: Path) -> list[Record]:
    begun = time.monotonic()
    train(pictures, scratch / "run", TrainSettings())
    trained = time.monotonic()
    run = load_run(scratch / "run")
    # Nothing is refused here: a student that fell short is a figure too.
    settings = CompileSettings(name=name, max_auroc_loss=1.0, student=suited_shape(run))
    compiled = compile_bundle(run.teacher, pictures_of(run), scratch / "bundle", settings)
    table = measured(compiled.bundle)
    return [
        *_accuracy(name, table),
        at_least(f"speedup_{name}", table.teacher_ms / table.int8_ms, 10, unit="x", command=COMMAND),
        at_least(f"size_ratio_{name}", table.fp32_bytes / table.int8_bytes, 3.5, unit="x", command=COMMAND, limit="4"),
        seen(f"student_int8_ms_{name}", table.int8_ms, unit="ms", command=COMMAND),
        seen(f"student_fp32_ms_{name}", table.fp32_ms, unit="ms", command=COMMAND),
        seen(f"teacher_ms_{name}", table.teacher_ms, unit="ms", command=COMMAND),
        seen(f"train_seconds_{name}", trained - begun, unit="s", command=COMMAND),
        seen(f"compile_seconds_{name}", time.monotonic() - trained, unit="s", command=COMMAND),
    ]


def _accuracy(name: str, table: Measured) -> list[Record]:
    teacher, student = table.teacher_auroc, table.int8_auroc
    goal = TEACHER_GOALS.get(name)
    first = (
        seen(f"teacher_auroc_{name}", teacher, unit="AUROC", command=COMMAND, limit="1")
        if goal is None
        else at_least(f"teacher_auroc_{name}", teacher, goal, unit="AUROC", command=COMMAND, limit="1")
    )
    loss = 100 * (teacher - student)
    return [
        first,
        seen(f"student_auroc_{name}", student, unit="AUROC", command=COMMAND, limit="1"),
        at_most(f"auroc_loss_{name}", loss, 1.5, unit="points", command=COMMAND),
    ]


if __name__ == "__main__":
    found = measure(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    print(json.dumps([asdict(record) for record in found], indent=1))  # noqa: T201
