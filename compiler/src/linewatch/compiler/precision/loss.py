"""What quantization loses, and how much of it is asked for."""

import math
from dataclasses import dataclass

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.precision.trial import Outcome

_EVIDENT = 2.0
"""Standard errors from which a loss of AUROC is more than chance: with few pictures it moves by itself."""


@dataclass(frozen=True, kw_only=True)
class PrecisionSettings:
    """When layers stay in floating point.

    Against the FP32 student, on held-back good pictures and synthetic defects, a target's AUROC may lie
    `max_auroc_loss` lower and its scores may move by `max_score_error` of their standard deviation
    (`Outcome.apart_from`); else its worst layers stay in floating point, `most_floating` at most. If that is not enough
    either, the student is trained `qat_steps` more, in integers. With `report` the sensitivity of every layer is
    measured in any case.
    """

    max_auroc_loss: float = 0.005
    max_score_error: float = 0.2
    most_floating: int = 4
    qat_steps: int = 100
    report: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.max_auroc_loss) and 0 <= self.max_auroc_loss <= 1):
            raise WrongUse(f"the AUROC that quantization may lose lies between 0 and 1, not {self.max_auroc_loss}")
        if not self.max_score_error > 0:
            raise WrongUse(f"quantization moves every score: allow more than {self.max_score_error}")
        if self.most_floating < 0:
            raise WrongUse(f"the layers that may stay in floating point are 0 or more, not {self.most_floating}")
        if self.qat_steps < 0:
            raise WrongUse(f"the steps of training in integers are 0 or more, not {self.qat_steps}")


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The AUROC that was lost, the standard error of that, and how far the scores moved."""

    auroc: float = 0.0
    standard_error: float = 0.0
    score_error: float = 0.0

    @classmethod
    def of(cls, outcome: Outcome, reference: Outcome) -> "Loss":
        """What `outcome` lost against `reference`."""
        auroc, error = outcome.loss_against(reference)
        return cls(auroc=auroc, standard_error=error, score_error=outcome.apart_from(reference))

    def within(self, settings: PrecisionSettings) -> bool:
        """Whether no more is lost than was allowed; a loss of AUROC that may be chance counts as none."""
        evident = self.auroc > max(settings.max_auroc_loss, _EVIDENT * self.standard_error)
        return not evident and self.score_error <= settings.max_score_error


NO_LOSS = Loss()
