"""Which layer is to blame for what quantization loses: each is quantized alone, all others in floating point."""

from collections.abc import Mapping
from dataclasses import dataclass

from linewatch.compiler.precision.cost import costs_ms
from linewatch.compiler.precision.trial import Outcome, Trial
from linewatch.compiler.progress import Progress

_NOTHING = 1e-12


@dataclass(frozen=True, kw_only=True)
class LayerSensitivity:
    """What quantizing one layer alone does.

    `error` as in `Outcome.apart_from`; `share` of the squares of all layers' errors; `auroc_loss` against no layer
    quantized; `cost_ms` is about what a frame takes longer with the layer in floating point, None where the target
    cannot run.
    """

    layer: str
    error: float
    share: float
    auroc_loss: float
    cost_ms: float | None


def sensitivity(trial: Trial, reference: Outcome, progress: Progress) -> tuple[LayerSensitivity, ...]:
    """Every layer, the worst first; `reference` is the outcome with no layer quantized.

    What it costs to run 36 graphs on some dozens of pictures: about half a minute for pictures of 256 x 256.
    """
    layers = trial.layers
    outcomes: dict[str, Outcome] = {}
    for index, layer in enumerate(layers):
        outcomes[layer] = trial.outcome([other for other in layers if other != layer])
        progress("blame layers", (index + 1) / len(layers))
    errors = {layer: outcome.apart_from(reference) for layer, outcome in outcomes.items()}
    total = sum(error**2 for error in errors.values()) + _NOTHING
    costs: Mapping[str, float] = costs_ms(trial, progress) if trial.kind.native else {}
    found = (
        LayerSensitivity(
            layer=layer,
            error=error,
            share=error**2 / total,
            auroc_loss=reference.auroc - outcomes[layer].auroc,
            cost_ms=costs.get(layer),
        )
        for layer, error in errors.items()
    )
    return tuple(sorted(found, key=lambda one: -one.error))
