"""The measured table: teacher, FP32 student and compiled targets side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from linewatch.compiler.prove.accuracy import Accuracy
from linewatch.protos.bundle import Measurement

TEACHER = "teacher"
STUDENT_FP32 = "student-fp32"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One detector.

    `size_bytes` is None for the teacher, which is not a graph, and `latency_ms` for a target that cannot run here.
    """

    subject: str
    accuracy: Accuracy
    latency_ms: float | None
    size_bytes: int | None = None


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
        lines.append(Measurement(subject=row.subject, metric="latency_ms", value=row.latency_ms, unit="ms"))
    if row.size_bytes is not None:
        lines.append(Measurement(subject=row.subject, metric="size_bytes", value=float(row.size_bytes), unit="bytes"))
    return lines
