from dataclasses import replace

import numpy as np
import pytest

from linewatch.compiler.errors import AccuracyFell, TooLarge, TooSlow, WrongUse
from linewatch.compiler.prove.accept import accept, accept_memory, accept_speed, check_max_memory
from linewatch.compiler.prove.accuracy import Accuracy
from linewatch.compiler.prove.table import STUDENT_FP32, TEACHER, Row, Table


def table(teacher: float, student: float, compiled: float) -> Table:
    none = np.zeros(0, np.float32)
    rows = tuple(
        Row(
            subject=subject,
            accuracy=Accuracy(image_auroc=auroc, pixel_auroc=None, normal=none, defective=none),
            latency_ms=1.0,
            size_bytes=None,
            memory_bytes=20e6,
        )
        for subject, auroc in ((TEACHER, teacher), (STUDENT_FP32, student), ("int8", compiled))
    )
    return Table(rows=rows, real=True, golden_spreads={})


def test_what_lost_no_more_than_allowed_or_gained_is_accepted() -> None:
    accept(table(0.90, 0.89, 0.885), "int8", 0.0151)
    accept(table(0.90, 0.95, 0.97), "int8", 0.0)


def test_the_refusal_names_the_step_that_lost_most() -> None:
    with pytest.raises(AccuracyFell, match=r"0\.8500.*5\.0 points below.*1\.5 were allowed.*distillation"):
        accept(table(0.90, 0.86, 0.85), "int8", 0.015)
    with pytest.raises(AccuracyFell, match="quantization"):
        accept(table(0.90, 0.89, 0.85), "int8", 0.015)


def test_a_target_keeps_the_memory_that_it_may_have() -> None:
    measured = table(0.9, 0.9, 0.9)
    accept_memory(measured, "int8", None)
    accept_memory(measured, "int8", 20.0)
    with pytest.raises(TooLarge, match=r"int8 needs 20\.0 MB .* more than the 19\.5 MB"):
        accept_memory(measured, "int8", 19.5)


def test_a_target_keeps_the_time_that_it_may_take() -> None:
    measured = table(0.9, 0.9, 0.9)
    accept_speed(measured, "int8", 1.0)
    with pytest.raises(TooSlow, match=r"int8 takes 1\.00 ms a frame, more than the 0\.99 ms"):
        accept_speed(measured, "int8", 0.99)
    elsewhere = replace(measured, rows=tuple(replace(row, latency_ms=None) for row in measured.rows))
    accept_speed(elsewhere, "int8", 0.99)


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_of_memory_is_an_amount(limit: float) -> None:
    with pytest.raises(WrongUse, match="above 0 MB"):
        check_max_memory(limit)
