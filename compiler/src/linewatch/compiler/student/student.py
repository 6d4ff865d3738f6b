"""The student: pictures in; score, anomaly map and embedding out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.normal.moments import REGION
from linewatch.compiler.normal.normality import Normality
from linewatch.compiler.student.trunk import GRID_PIXELS, Trunk
from linewatch.compiler.teacher import FloatArray, UInt8Array

SMOOTH_CELLS = 3
BATCH = 8


@dataclass(frozen=True, kw_only=True)
class StudentShape:
    """What decides the size of a student, besides pruning.

    `side` is the picture's height and width in pixels, a multiple of 32. `score_cells` is how many of the strangest
    cells the image score is the mean of, `features` how many channels the features have.
    """

    side: int = 256
    score_cells: int = 10
    features: int = 48

    def __post_init__(self) -> None:
        if self.side % (GRID_PIXELS * REGION) or self.side < 64:
            raise WrongUse(
                f"the picture side must be a multiple of {GRID_PIXELS * REGION} and at least 64, not {self.side}"
            )
        if not 1 <= self.score_cells <= self.grid**2:
            raise WrongUse(f"the score is the mean of 1 to {self.grid**2} cells, not {self.score_cells}")

    @property
    def grid(self) -> int:
        """Rows and columns of the anomaly map."""
        return self.side // GRID_PIXELS


class Student(nn.Module):
    """Trunk and normality of one shape. Raw scores have no unit; `export` divides them by the threshold."""

    def __init__(self, shape: StudentShape) -> None:
        super().__init__()
        self.shape = shape
        self.trunk = Trunk(shape.features)
        self.normality = Normality(shape.features, (shape.grid, shape.grid))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures uint8[N, 3, side, side] to scores [N], maps [N, h, w] and embeddings [N, C].

        The embedding is the mean deviation over the cells, weighted by how strange each is.
        """
        deviations = self.normality.deviations(self.features(pictures))
        cells = deviations.square().sum(dim=2).sqrt()
        maps = functional.avg_pool2d(
            self.normality.on_grid(cells), SMOOTH_CELLS, 1, SMOOTH_CELLS // 2, count_include_pad=False
        )
        scores = maps.flatten(1).topk(self.shape.score_cells).values.mean(dim=1)
        share = cells / cells.sum(dim=(1, 2), keepdim=True)
        embeddings = (deviations @ share[..., None]).sum(dim=1)[:, :, 0]
        return scores, maps, embeddings

    def features(self, pictures: Tensor) -> Tensor:
        """Pictures uint8[N, 3, side, side] to features [N, C, h, w]."""
        features: Tensor = self.trunk(pictures.float())
        return features

    @torch.no_grad()
    def fit_normality(self, pictures: UInt8Array) -> None:
        """Learn what is normal from the pictures uint8[N, side, side, 3].

        Raises:
            PictureError: the pictures do not differ.
        """
        self.eval()
        self.normality.fit(torch.cat([self.features(batch) for batch in batches(pictures)]))

    @torch.no_grad()
    def scores(self, pictures: UInt8Array) -> FloatArray:
        """Raw scores float32[N] of pictures uint8[N, side, side, 3]."""
        self.eval()
        scores: FloatArray = torch.cat([self(batch)[0] for batch in batches(pictures)]).numpy().astype(np.float32)
        return scores


def batches(pictures: UInt8Array, size: int = BATCH) -> Iterator[Tensor]:
    """Pictures uint8[N, S, S, 3] as tensors uint8[<= size, 3, S, S]."""
    for start in range(0, len(pictures), size):
        yield torch.from_numpy(pictures[start : start + size]).permute(0, 3, 1, 2)
