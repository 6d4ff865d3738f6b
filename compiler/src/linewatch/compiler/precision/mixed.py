"""Mixed precision: the worst layers stay in floating point, one after another, until quantization loses no more than
was allowed.
"""

from dataclasses import dataclass

from linewatch.compiler.precision.loss import NO_LOSS, Loss, PrecisionSettings
from linewatch.compiler.precision.sensitivity import LayerSensitivity, sensitivity
from linewatch.compiler.precision.trial import Trial
from linewatch.compiler.progress import Progress


@dataclass(frozen=True, kw_only=True)
class Precision:
    """What was chosen for one target, and why.

    `floating` layers are not quantized. `lost` is what quantizing every layer loses, `left` what is lost with
    `floating` in place, and `kept` says whether that is within what was allowed. `layers` are the sensitivities that
    were measured, the worst first; empty where nobody asked and nothing was lost.
    """

    floating: tuple[str, ...] = ()
    lost: Loss = NO_LOSS
    left: Loss = NO_LOSS
    kept: bool = True
    layers: tuple[LayerSensitivity, ...] = ()


def choose_precision(trial: Trial, settings: PrecisionSettings, progress: Progress) -> Precision:
    """Quantize every layer that may be; of a target that computes nothing in integers there is nothing to choose."""
    names = trial.layers
    if not names:
        return Precision()
    reference = trial.outcome(names)
    lost = Loss.of(trial.outcome(()), reference)
    within = lost.within(settings)
    wanted = settings.report or (settings.most_floating > 0 and not within)
    layers = sensitivity(trial, reference, progress) if wanted else ()
    floating: tuple[str, ...] = ()
    left, most = lost, min(settings.most_floating, len(layers))
    for count in range(1, most + 1):
        if left.within(settings):
            break
        tried = tuple(one.layer for one in layers[:count])
        loss = Loss.of(trial.outcome(tried), reference)
        if loss.score_error < left.score_error:
            floating, left = tried, loss
        progress("leave layers in floating point", count / most)
    return Precision(floating=floating, lost=lost, left=left, kept=left.within(settings), layers=layers)
