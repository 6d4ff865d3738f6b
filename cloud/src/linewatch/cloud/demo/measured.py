"""Reads the measured table back out of a bundle."""

from dataclasses import dataclass

from linewatch.protos.bundle import Bundle

_TEACHER, _FP32 = "teacher", "student-fp32"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Teacher and student side by side. AUROC is on synthetic defects where the pictures had no real ones."""

    teacher_auroc: float
    fp32_auroc: float
    int8_auroc: float
    teacher_ms: float
    fp32_ms: float
    int8_ms: float
    fp32_bytes: int
    int8_bytes: int

    def rows(self) -> list[tuple[str, str, str, str]]:
        """The table as text: what, teacher, FP32 student, INT8 student."""
        return [
            ("image AUROC", f"{self.teacher_auroc:.3f}", f"{self.fp32_auroc:.3f}", f"{self.int8_auroc:.3f}"),
            ("one picture, one core", f"{self.teacher_ms:.1f} ms", f"{self.fp32_ms:.2f} ms", f"{self.int8_ms:.2f} ms"),
            (
                "faster than the teacher",
                "1 x",
                f"{self.teacher_ms / self.fp32_ms:.1f} x",
                f"{self.teacher_ms / self.int8_ms:.1f} x",
            ),
            ("graph", "", f"{self.fp32_bytes:,} bytes", f"{self.int8_bytes:,} bytes"),
        ]


def measured(bundle: Bundle) -> Measured:
    """The table of `bundle`'s manifest."""
    table = {(line.subject, line.metric): line.value for line in bundle.manifest.measurements}
    target = bundle.manifest.targets[0].name

    def auroc(subject: str) -> float:
        real = table.get((subject, "image_auroc"))
        return real if real is not None else table[subject, "synthetic_image_auroc"]

    return Measured(
        teacher_auroc=auroc(_TEACHER),
        fp32_auroc=auroc(_FP32),
        int8_auroc=auroc(target),
        teacher_ms=table[_TEACHER, "latency_ms"],
        fp32_ms=table[_FP32, "latency_ms"],
        int8_ms=table[target, "latency_ms"],
        fp32_bytes=round(table[_FP32, "size_bytes"]),
        int8_bytes=round(table[target, "size_bytes"]),
    )
