"""What a model card says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linewatch.cloud.card.pictures import Shown, shown_pictures
from linewatch.cloud.charts.front import front_chart
from linewatch.cloud.charts.histogram import score_histogram
from linewatch.cloud.charts.plot import COLOURS
from linewatch.cloud.charts.roc import roc_chart
from linewatch.compiler.compile import Compiled
from linewatch.compiler.prove.naming import UNNAMED, Naming
from linewatch.compiler.prove.table import STUDENT_FP32, TEACHER, Row
from linewatch.compiler.search.front import Front
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.teacher import Teacher

_FEW_ALARMS = 0.1


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A curve of the ROC charts: its subject and colour."""

    subject: str
    colour: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """Everything that the card shows; charts are SVG.

    `facts` are lines of (what, value), `table` the measured rows as text, `histograms` charts by subject, `named` how
    often each target gave each of the `names` to the defects of each kind that it found.
    """

    title: str
    digest: str
    real: bool
    facts: Sequence[tuple[str, str]]
    table: Sequence[tuple[str, ...]]
    promises: Sequence[tuple[str, ...]]
    golden: Sequence[tuple[str, ...]]
    names: Sequence[str]
    named: Mapping[str, Sequence[tuple[str, ...]]]
    curves: Sequence[Curve]
    roc: str
    roc_of_few_alarms: str
    histograms: Mapping[str, str]
    front: str
    front_rows: Sequence[tuple[str, ...]]
    shown: Sequence[Shown]
    command: str
    settings: str
    versions: Mapping[str, str]


def card_of(compiled: Compiled, teacher: Teacher, run: Mapping[str, Any], command: str) -> Card:
    """The card of a finished compilation.

    Args:
        compiled: what came out.
        teacher: what the student was taught by.
        run: what `run.json` of the teacher's run holds.
        command: how to make the bundle again.
    """
    manifest, table = compiled.bundle.manifest, compiled.table
    scores = {row.subject: (row.accuracy.normal, row.accuracy.defective) for row in table.rows}
    front = compiled.front
    return Card(
        title=manifest.name,
        digest=compiled.bundle.digest,
        real=table.real,
        facts=_facts(compiled, run),
        table=[_row(row, table.row(TEACHER), table.row(STUDENT_FP32)) for row in table.rows],
        promises=_promises(compiled),
        golden=[
            (
                name,
                f"{proof.spread:.4f}",
                ", ".join(proof.runtimes),
                "; ".join(proof.checks) or "none needed",
                ", ".join(proof.absent) or "nothing",
            )
            for name, proof in compiled.golden.proofs.items()
        ],
        names=[*manifest.defect_classes, "no name"],
        named={
            row.subject: _named(row.naming, manifest.defect_classes) for row in table.rows if row.naming is not None
        },
        curves=[Curve(subject=name, colour=COLOURS[number % len(COLOURS)]) for number, name in enumerate(scores)],
        roc=roc_chart(scores),
        roc_of_few_alarms=roc_chart(scores, most_alarms=_FEW_ALARMS),
        histograms={
            name: score_histogram(normal.tolist(), defective.tolist(), teacher.threshold if name == TEACHER else 1.0)
            for name, (normal, defective) in scores.items()
        },
        front="" if front is None else front_chart(front),
        front_rows=() if front is None else _front_rows(front),
        shown=shown_pictures(compiled),
        command=command,
        settings=json.dumps(json.loads(manifest.lineage.compiler_settings), indent=2),
        versions=manifest.lineage.tool_versions,
    )


def _facts(compiled: Compiled, run: Mapping[str, Any]) -> list[tuple[str, str]]:
    manifest, shape = compiled.bundle.manifest, compiled.taught.student.shape
    dataset, teacher = run["dataset"], run["teacher"]
    pruned = compiled.taught.pruned
    return [
        ("made for frames", f"{manifest.frame_width} pixels wide and {manifest.frame_height} high"),
        ("the student sees", f"{_seen(shape)}, and judges by: {', '.join(shape.heads)}"),
        ("teacher", f"{teacher['name']}, on pictures {teacher['size'][1]} pixels wide and {teacher['size'][0]} high"),
        (
            "evidence for the teacher",
            f"a Gaussian for each place finds drawn defects with an AUROC of {teacher['evidence']:.2f}",
        ),
        ("learned from", _learned_from(shape, dataset)),
        ("judged on", _judged(compiled)),
        ("pruned", f"from {pruned.before:,} to {pruned.after:,} weights"),
        ("training run", manifest.lineage.training_run),
        ("pictures", f"SHA-256 {manifest.lineage.dataset_digest}"),
    ]


def _seen(shape: StudentShape) -> str:
    size = f"{shape.width} pixels wide and {shape.height} high"
    return f"pictures {size}" if shape.stack is None else f"{shape.frames} frames {size}, {shape.step} apart"


def _learned_from(shape: StudentShape, dataset: Mapping[str, Any]) -> str:
    if shape.stack is not None:
        return f"{dataset['train']} stacks of normal frames"
    return f"{dataset['train']} good pictures and {dataset['labelled']} labelled defects"


def _judged(compiled: Compiled) -> str:
    defective = sum(picture.defective for picture in compiled.judged)
    count = f"{len(compiled.judged) - defective} good and {defective} defective pictures"
    return count if compiled.table.real else f"{count}; the defects are synthetic, drawn on pictures held back"


def _row(row: Row, teacher: Row, student: Row) -> tuple[str, ...]:
    pixel, taken, size = row.accuracy.pixel_auroc, row.latency_ms, row.size_bytes
    faster = "" if taken is None or teacher.latency_ms is None else f"{teacher.latency_ms / taken:.1f} x"
    smaller = "" if size is None or student.size_bytes is None else f"{student.size_bytes / size:.2f} x"
    return (
        row.subject,
        f"{row.accuracy.image_auroc:.4f}",
        "" if pixel is None else f"{pixel:.4f}",
        "" if taken is None else f"{taken:.2f}",
        faster,
        "" if size is None else f"{size:,}",
        smaller,
        "" if row.memory_bytes is None else f"{row.memory_bytes / 1e6:.1f}",
    )


def _named(naming: Naming, names: Sequence[str]) -> Sequence[tuple[str, ...]]:
    return [(kind, *(str(given.get(name, 0)) for name in (*names, UNNAMED))) for kind, given in naming.given.items()]


def _promises(compiled: Compiled) -> Sequence[tuple[str, ...]]:
    lines = []
    for target in compiled.bundle.manifest.targets:
        accuracy = compiled.table.row(target.name).accuracy
        alarms, missed = (accuracy.normal >= 1).sum(), (accuracy.defective < 1).sum()
        promise = target.threshold
        proven = promise.false_positive_rate_bound * promise.frames_per_second * 3600
        lines.append(
            (
                target.name,
                f"{promise.false_alarms_per_hour:g} an hour at {promise.frames_per_second:g} frames a second",
                f"{proven:.3g} an hour, with {100 * promise.confidence:g} % confidence",
                f"{promise.normal_pictures}",
                f"{alarms} of {len(accuracy.normal)}",
                f"{missed} of {len(accuracy.defective)}",
            )
        )
    return lines


def _front_rows(front: Front) -> Sequence[tuple[str, ...]]:
    return [
        (
            f"{number}: {point.candidate.name}",
            f"{point.ms:.2f}",
            f"{point.candidate.macs / 1e9:.3f}",
            f"{point.auroc:.3f}",
            "chosen" if point.candidate is front.choice else "",
        )
        for number, point in enumerate(front.estimated, 1)
    ]
