"""The measured table: teacher, FP32 student and compiled targets side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linewatch.compiler.prove.accuracy import Accuracy
from linewatch.compiler.prove.naming import Naming
from linewatch.protos.bundle import Measurement

TEACHER = "teacher"
STUDENT_FP32 = "student-fp32"
LATENCY_MS, MEMORY_BYTES = "latency_ms", "memory_bytes"


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What was measured with clock and meter, which no two runs give alike: milliseconds of a frame and peak bytes of
    memory (see `peak_memory_bytes`), by subject.
    """

    latency_ms: Mapping[str, float]
    memory_bytes: Mapping[str, float]

    @classmethod
    def recorded(cls, measurements: Sequence[Measurement]) -> "Costs":
        """Those that a manifest's table says."""
        latency_ms, memory_bytes = (
            {line.subject: line.value for line in measurements if line.metric == metric}
            for metric in (LATENCY_MS, MEMORY_BYTES)
        )
        return cls(latency_ms=latency_ms, memory_bytes=memory_bytes)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One detector.

    `size_bytes` and `memory_bytes` are None for the teacher, which is not a graph; `latency_ms` and `memory_bytes` for
    a target that cannot run here. `naming` is for targets of a bundle that names defects.
    """

    subject: str
    accuracy: Accuracy
    latency_ms: float | None
    size_bytes: int | None = None
    memory_bytes: float | None = None
    naming: Naming | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """All rows: teacher, FP32 student, then the targets.

    `real` says whether the pictures' defects are real or synthetic; `golden_spreads` is how far the runtimes of each
    target are apart.
    """

    rows: tuple[Row, ...]
    real: bool
    golden_spreads: Mapping[str, float]

    def row(self, subject: str) -> Row:
        """The row of one detector."""
        return next(row for row in self.rows if row.subject == subject)

    def measurements(self) -> tuple[Measurement, ...]:
        """The table as lines of the manifest."""
        lines = [line for row in self.rows for line in _lines(row, "" if self.real else "synthetic_")]
        ratios = [line for name in self.golden_spreads for line in self._ratios(self.row(name))]
        return (*lines, *ratios)

    def _ratios(self, target: Row) -> list[Measurement]:
        """What the target won over student and teacher, and how far its runtimes are apart."""
        student, teacher = self.row(STUDENT_FP32), self.row(TEACHER)
        assert student.size_bytes is not None
        assert target.size_bytes is not None
        found = {"size_ratio": student.size_bytes / target.size_bytes}
        if target.latency_ms is not None and teacher.latency_ms is not None:
            found = {"speedup": teacher.latency_ms / target.latency_ms, **found}
        return [
            *(
                Measurement(subject=target.subject, metric=metric, value=value, unit="x")
                for metric, value in found.items()
            ),
            Measurement(subject=target.subject, metric="golden_spread", value=self.golden_spreads[target.subject]),
        ]


def _lines(row: Row, prefix: str) -> list[Measurement]:
    lines = [Measurement(subject=row.subject, metric=f"{prefix}image_auroc", value=row.accuracy.image_auroc)]
    if row.accuracy.pixel_auroc is not None:
        lines.append(Measurement(subject=row.subject, metric=f"{prefix}pixel_auroc", value=row.accuracy.pixel_auroc))
    if row.latency_ms is not None:
        lines.append(Measurement(subject=row.subject, metric=LATENCY_MS, value=row.latency_ms, unit="ms"))
    if row.naming is not None:
        shares = {"named_rightly": row.naming.right, "named_wrongly": row.naming.wrong}
        lines += [
            Measurement(subject=row.subject, metric=metric, value=count / row.naming.found, unit="of the found")
            for metric, count in shares.items()
        ]
    if row.memory_bytes is not None:
        lines.append(Measurement(subject=row.subject, metric=MEMORY_BYTES, value=row.memory_bytes, unit="bytes"))
    if row.size_bytes is not None:
        lines.append(Measurement(subject=row.subject, metric="size_bytes", value=float(row.size_bytes), unit="bytes"))
    return lines
