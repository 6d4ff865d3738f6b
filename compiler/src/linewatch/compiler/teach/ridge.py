"""Ridge regression: the linear map that gives the wanted numbers best, with its weights kept small."""

import torch
from torch import Tensor

_PENALTY = 1e-4
"""Of squared weights, beside the mean variance of the inputs."""
_LEAST = 1e-12


def ridge(rows: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Weight float32[D, C] and bias float32[D] of the map from `rows` float32[M, C] to `wanted` float32[M, D]."""
    mean, target = rows.mean(0), wanted.mean(0)
    centred = rows - mean
    gram = (centred.T @ centred / len(rows)).double()
    product = (centred.T @ (wanted - target) / len(rows)).double()
    gram += _PENALTY * gram.diagonal().mean().clamp_min(_LEAST) * torch.eye(len(gram), dtype=torch.double)
    weight = torch.linalg.solve(gram, product).float().T
    return weight, target - weight @ mean
