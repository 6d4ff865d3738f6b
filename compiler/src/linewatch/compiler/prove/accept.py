"""The rules by which a compiled student is refused."""

import math

from linewatch.compiler.errors import AccuracyFell, TooLarge, TooSlow, WrongUse
from linewatch.compiler.prove.table import STUDENT_FP32, TEACHER, Table

DEFAULT_MAX_AUROC_LOSS = 0.015


def check_max_loss(value: float) -> float:
    """Give `value` back if it is a loss of AUROC one can ask for.

    Raises:
        WrongUse: it is not between 0 and 1.
    """
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise WrongUse(f"the largest loss of AUROC lies between 0 and 1 (0.015 is 1.5 points), not {value}")
    return value


def check_max_memory(value: float | None) -> float | None:
    """Give `value` back if it is an amount of memory, in 10^6 bytes, or none.

    Raises:
        WrongUse: it is not above 0.
    """
    if value is not None and not (math.isfinite(value) and value > 0):
        raise WrongUse(f"the memory of a target must be above 0 MB, not {value}")
    return value


def accept(table: Table, target: str, max_auroc_loss: float) -> None:
    """Refuse a target whose image AUROC is more than `max_auroc_loss` below its teacher's.

    Raises:
        AccuracyFell: says by how much, and whether distillation or quantization lost it.
    """
    teacher = table.row(TEACHER).accuracy.image_auroc
    student = table.row(STUDENT_FP32).accuracy.image_auroc
    compiled = table.row(target).accuracy.image_auroc
    if teacher - compiled <= max_auroc_loss:
        return
    kind = "" if table.real else " on synthetic defects"
    raise AccuracyFell(
        f"{target} reaches an image AUROC of {compiled:.4f}{kind}, {100 * (teacher - compiled):.1f} points below "
        f"its teacher ({teacher:.4f}; {100 * max_auroc_loss:.1f} were allowed). {_where(teacher, student, compiled)} "
        "No bundle was written."
    )


def accept_speed(table: Table, target: str, budget_ms: float) -> None:
    """Refuse a target that takes longer than `budget_ms` for a frame; one that cannot run here is not judged.

    Raises:
        TooSlow: says by how much.
    """
    taken = table.row(target).latency_ms
    if taken is not None and taken > budget_ms:
        raise TooSlow(
            f"{target} takes {taken:.2f} ms a frame, more than the {budget_ms:.3g} ms that were asked, although its "
            "untaught twin did not: something else kept this machine busy. Compile again when it is idle, or with a "
            "larger budget. No bundle was written."
        )


def accept_memory(table: Table, target: str, max_memory_mb: float | None) -> None:
    """Refuse a target that needs more than `max_memory_mb`; one that cannot run here is not judged.

    Raises:
        TooLarge: says by how much.
    """
    taken = table.row(target).memory_bytes
    if max_memory_mb is not None and taken is not None and taken > max_memory_mb * 1e6:
        raise TooLarge(
            f"{target} needs {taken / 1e6:.1f} MB of memory for a frame, more than the {max_memory_mb:g} MB that it "
            "may have: compile for a smaller picture (--size) or a faster student (--fps). No bundle was written."
        )


def _where(teacher: float, student: float, compiled: float) -> str:
    if teacher - student >= student - compiled:
        return "Most was lost in distillation: give more steps or more good pictures."
    return "Most was lost in quantization: give good pictures that show more of what the camera sees."
