import pytest

from hard import HARD, hard_trial
from linewatch.compiler.precision.cost import operations
from linewatch.compiler.precision.sensitivity import sensitivity
from linewatch.compiler.target import ONNX_CPU_INT8


def test_the_hard_layer_is_to_blame() -> None:
    trial, told = hard_trial(ONNX_CPU_INT8), list[float]()
    found = sensitivity(trial, trial.outcome(trial.layers), lambda _stage, done: told.append(done))
    assert found[0].layer == HARD
    assert found[0].share > 0.5
    assert found[0].error > 2 * found[1].error
    assert sorted(one.layer for one in found) == sorted(trial.layers)
    assert sum(one.share for one in found) == pytest.approx(1)
    assert [one.error for one in found] == sorted((one.error for one in found), reverse=True)
    assert all(one.cost_ms is not None and one.cost_ms >= 0 for one in found)
    assert told[-1] == 1.0


def test_the_work_of_a_layer_is_counted_for_the_size_it_has() -> None:
    work = operations(hard_trial(ONNX_CPU_INT8))
    assert work["block3.expand"] == 16 * 16 * 24 * 144  # 64 pixels a side, at stride 4
    assert work["block3.filter"] == 8 * 8 * 25 * 144
    assert work["block4.add"] == 8 * 8 * 40
