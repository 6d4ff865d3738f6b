"""What a student is taught by: how far it is from its teacher, and from what is known of the pictures."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from linewatch.compiler.normal.moments import by_region
from linewatch.compiler.student.discriminator import image_logits, strangeness

_COVERED = 0.05
"""Share of a cell from which it counts as defective; between that and none at all nothing is asked of it."""
_DEFECTIVE_WEIGHT = 2.0
_CELLS_WEIGHT, _PICTURES_WEIGHT = 4.0, 0.1


def features_loss(found: Tensor, wanted: Tensor, importance: Tensor, normality: tuple[Tensor, Tensor]) -> Tensor:
    """Smooth L1 of features [N, D, h, w]: of the components by importance, and of the deviations of `normality`.

    Half of the loss looks at the components, half at the deviations that a detector makes of them: what is rare among
    normal pictures, and therefore weighs much in the score, is small among the components. A deviation counts beside
    how strange the cell is: ten too many are much for a normal one, and little for a crack.
    """
    mean, factor = normality
    error = found - wanted
    strange = _deviations(wanted - mean, factor).square().mean(-1, keepdim=True).sqrt()
    apart = _smooth(_deviations(error, factor)) / strange.clamp_min(1)
    return (_smooth(error) * importance[:, None, None]).mean() / 2 + apart.mean() / 2


def defects_loss(logits: Tensor, covers: Tensor, cells: int) -> Tensor:
    """Cross entropy of logits [N, h, w]: cell by cell where `covers` says which are defective, and of whole pictures.

    Cells that are judged rightly count less (Lin et al., "Focal loss", ICCV 2017, with an exponent of 1). Pictures
    whose covers are NaN are defective somewhere; the logit of a picture is the mean of its `cells` highest.
    """
    unknown = covers.isnan()
    defective = (covers > _COVERED).float()
    asked = (~unknown & ((covers > _COVERED) | (covers == 0))).float()
    weight = asked * torch.where(defective > 0, _DEFECTIVE_WEIGHT, 1.0)
    wrong = (defective - torch.sigmoid(logits)).abs()
    entropy = functional.binary_cross_entropy_with_logits(logits, defective, reduction="none")
    by_cell = (entropy * weight * wrong).mean()
    pictures = (unknown | (covers > 0)).flatten(1).any(1).float()
    by_picture = functional.binary_cross_entropy_with_logits(image_logits(logits, cells), pictures)
    return _CELLS_WEIGHT * by_cell + _PICTURES_WEIGHT * by_picture


def map_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Smooth L1 of the anomaly map that `logits` [N, h, w] make, smoothed as the teacher's is, to the teacher's."""
    found = functional.avg_pool2d(strangeness(logits)[:, None], 3, 1, 1, count_include_pad=False)[:, 0]
    return _smooth(found - wanted).mean()


def _deviations(values: Tensor, factor: Tensor) -> Tensor:
    """[N, D, h, w] to [regions, cells, D]: of variance 1 for normal features less their mean."""
    return math.sqrt(values.shape[1]) * by_region(values.movedim(1, -1)) @ factor.transpose(1, 2)


def _smooth(error: Tensor) -> Tensor:
    return functional.smooth_l1_loss(error, torch.zeros_like(error), reduction="none")
