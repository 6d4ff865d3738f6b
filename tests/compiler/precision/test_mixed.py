from dataclasses import replace

import pytest

from hard import HARD, hard_trial
from linewatch.compiler.errors import WrongUse
from linewatch.compiler.precision.loss import Loss, PrecisionSettings
from linewatch.compiler.precision.mixed import Precision, choose_precision
from linewatch.compiler.target import ONNX_CPU_INT8, TARGETS, TENSORRT_FP16, TENSORRT_INT8


def chosen(target: str, settings: PrecisionSettings) -> Precision:
    return choose_precision(hard_trial(target), settings, lambda *_: None)


@pytest.mark.parametrize("target", [ONNX_CPU_INT8, TENSORRT_INT8])
def test_the_hard_layer_stays_in_floating_point_and_that_mends_it(target: str) -> None:
    found = chosen(target, PrecisionSettings())
    assert found.floating[0] == found.layers[0].layer == HARD
    assert all((one.cost_ms is None) == (target == TENSORRT_INT8) for one in found.layers)
    assert found.lost.score_error > 0.3
    assert found.left.score_error < 0.5 * found.lost.score_error
    assert found.kept


def test_where_little_is_lost_every_layer_is_quantized_and_nothing_measured() -> None:
    found = chosen(ONNX_CPU_INT8, PrecisionSettings(max_auroc_loss=1.0, max_score_error=10.0))
    assert (found.floating, found.layers, found.kept) == ((), (), True)
    assert found.lost == found.left


def test_what_a_few_layers_do_not_mend_is_said() -> None:
    found = chosen(ONNX_CPU_INT8, PrecisionSettings(max_score_error=1e-3, most_floating=1))
    assert found.floating == (HARD,)
    assert not found.kept


def test_a_target_without_integers_has_nothing_to_choose() -> None:
    trial = replace(hard_trial(ONNX_CPU_INT8), kind=TARGETS[TENSORRT_FP16])
    assert choose_precision(trial, PrecisionSettings(report=True), lambda *_: None) == Precision()


def test_a_loss_that_may_be_chance_is_none() -> None:
    settings = PrecisionSettings(max_auroc_loss=0.01, max_score_error=0.5)
    assert Loss(auroc=0.03, standard_error=0.02, score_error=0.1).within(settings)
    assert not Loss(auroc=0.03, standard_error=0.01, score_error=0.1).within(settings)
    assert not Loss(auroc=0.0, standard_error=0.01, score_error=0.6).within(settings)


@pytest.mark.parametrize("wrong", [{"max_auroc_loss": 2.0}, {"max_score_error": 0.0}, {"most_floating": -1}])
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(WrongUse):
        PrecisionSettings(**wrong)  # type: ignore[arg-type]
