"""The measured table: teacher, FP32 student and compiled target side by side."""

from dataclasses import dataclass

from linewatch.compiler.prove.accuracy import Accuracy
from linewatch.protos.bundle import Measurement

TEACHER = "teacher"
STUDENT_FP32 = "student-fp32"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One detector. `size_bytes` is None for the teacher, which is not a graph."""

    subject: str
    accuracy: Accuracy
    latency_ms: float
    size_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """All rows; `real` says whether the pictures' defects are real or synthetic."""

    rows: tuple[Row, ...]
    real: bool
    golden_spread: float

    def row(self, subject: str) -> Row:
        """The row of one detector."""
        return next(row for row in self.rows if row.subject == subject)

    def measurements(self) -> tuple[Measurement, ...]:
        """The table as lines of the manifest."""
        lines = [line for row in self.rows for line in _lines(row, "" if self.real else "synthetic_")]
        target = self.rows[-1]
        student, teacher = self.row(STUDENT_FP32), self.row(TEACHER)
        assert student.size_bytes is not None
        assert target.size_bytes is not None
        return (
            *lines,
            Measurement(
                subject=target.subject, metric="speedup", value=teacher.latency_ms / target.latency_ms, unit="x"
            ),
            Measurement(
                subject=target.subject, metric="size_ratio", value=student.size_bytes / target.size_bytes, unit="x"
            ),
            Measurement(subject=target.subject, metric="golden_spread", value=self.golden_spread),
        )


def _lines(row: Row, prefix: str) -> list[Measurement]:
    lines = [Measurement(subject=row.subject, metric=f"{prefix}image_auroc", value=row.accuracy.image_auroc)]
    if row.accuracy.pixel_auroc is not None:
        lines.append(Measurement(subject=row.subject, metric=f"{prefix}pixel_auroc", value=row.accuracy.pixel_auroc))
    lines.append(Measurement(subject=row.subject, metric="latency_ms", value=row.latency_ms, unit="ms"))
    if row.size_bytes is not None:
        lines.append(Measurement(subject=row.subject, metric="size_bytes", value=float(row.size_bytes), unit="bytes"))
    return lines
