"""What a set's labels can teach at all, picture by picture size: the ceiling over a student's miss rate.

`python -m bench.compiler.ceiling` asks `ball_screw`, whose pits are marked and a few pixels wide: the pretrained
network whole and in floating point, without a limit of time, and a small classifier of its cells that learns from
masks, with those of the normal cells that it takes for defects most often shown to it again. 20 minutes on one core.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.compiler.models import miss_rate
from bench.compiler.sets import SHARED, with_labels
from bench.record import Record, seen
from linewatch.cloud.training.run import TrainSettings, load_run, train
from linewatch.compiler.pictures import Pictures
from linewatch.compiler.student import efficientnet_lite
from linewatch.compiler.teacher import BoolArray, UInt8Array

SET = "ball_screw"
COMMAND = "python -m bench.compiler.ceiling"
SIZES = ((256, 256), (256, 640), (460, 1130))
"""Height and width; the last is that of the frames."""
LABELS = {"10shot": 10, "all_labels": None}
_ROUNDS, _STEPS, _DEFECTIVE, _NORMAL = 4, 600, 128, 512
_EASY, _HARD = 150, 150
"""Normal cells of a picture that each round learns from: at random, and those that scored highest."""
_MARGIN = 5
"""Cells about a defect that teach nothing, across."""


@dataclass(frozen=True)
class Cells:
    """float16[C, H, W] of one picture, and which of its cells show a defect: bool[H, W]."""

    features: Tensor
    defective: Tensor


def measure(folder: Path = SHARED) -> list[Record]:
    """Miss rates at 2 % false alarms of the defects that no label was taken from, for each size and number of labels.

    There are none without the pictures.
    """
    if not (folder / SET).is_dir():
        sys.stderr.write(f"{COMMAND} needs the pictures of {SET}\n")
        return []
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        train(folder / SET, Path(scratch) / "run", TrainSettings())
        run = load_run(Path(scratch) / "run")
        sets = {label: with_labels(run, most) for label, most in LABELS.items()}
    return [record for size in SIZES for record in _size(size, sets)]


def _size(size: tuple[int, int], sets: dict[str, Pictures]) -> list[Record]:
    torch.manual_seed(0)
    network = efficientnet_lite.load()
    pictures = next(iter(sets.values()))
    good = [_cells(network, frame, None, size) for frame in pictures.good]
    judged = [_cells(network, picture.frame, None, size) for picture in pictures.test]
    defective = np.array([picture.defective for picture in pictures.test])
    records = []
    for label, labelled in sets.items():
        taught = [_cells(network, picture.frame, picture.mask, size) for picture in labelled.labelled]
        scores = np.array(_Probe(good, taught).scores(judged))
        height, width = size
        name = f"probe_miss_rate_{label}_{SET}_{height}x{width}"
        missed = miss_rate(scores[~defective], scores[defective])
        records.append(seen(name, missed, unit="at 2 % false alarms", command=COMMAND))
        sys.stderr.write(f"{name} {missed:.3f}\n")
    return records


def _cells(
    network: efficientnet_lite.EfficientNetLite, frame: UInt8Array, mask: BoolArray | None, size: tuple[int, int]
) -> Cells:
    picture = torch.from_numpy(cv2.resize(frame, size[::-1], interpolation=cv2.INTER_AREA))
    with torch.no_grad():
        stages = network.stages(picture.permute(2, 0, 1)[None].float())
    grid = stages[0].shape[2:]
    features = torch.cat([functional.interpolate(stage, grid, mode="bilinear") for stage in stages], 1)[0].half()
    marked = torch.zeros(1, 1, *grid) if mask is None else torch.from_numpy(mask)[None, None].float()
    return Cells(features, functional.adaptive_max_pool2d(marked, grid)[0, 0] > 0)


class _Probe:
    """A classifier of cells with one hidden layer, taught in rounds that each add the hardest normal cells."""

    def __init__(self, good: Sequence[Cells], taught: Sequence[Cells]) -> None:
        several = torch.stack([cells.features.float().flatten(1) for cells in good[::8]])
        self.mean, self.deviation = several.mean((0, 2)), several.std((0, 2)) + 1e-3
        channels = len(self.mean)
        self.classifier = nn.Sequential(nn.Linear(channels, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 1))
        self.steps = torch.optim.AdamW(self.classifier.parameters(), 1e-3, weight_decay=1e-2)
        defective = torch.cat([self._normed(cells)[cells.defective.flatten()] for cells in taught])
        beside = torch.cat([self._normed(cells)[~_widened(cells.defective).flatten()][::7] for cells in taught])
        for number in range(_ROUNDS):
            normal = [self._chosen(cells, hard=number > 0) for cells in good]
            self._learn(defective, torch.cat([*normal, beside[torch.randperm(len(beside))[:20_000]]]))

    def scores(self, pictures: Sequence[Cells]) -> list[float]:
        """The highest cell of each picture."""
        return [float(self._judged(self._normed(cells)).max()) for cells in pictures]

    def _normed(self, cells: Cells) -> Tensor:
        return (cells.features.float().flatten(1).T - self.mean) / self.deviation

    def _judged(self, cells: Tensor) -> Tensor:
        self.classifier.eval()
        with torch.no_grad():
            return torch.as_tensor(self.classifier(cells)[:, 0])

    def _chosen(self, cells: Cells, *, hard: bool) -> Tensor:
        normed = self._normed(cells)
        easy = normed[torch.randperm(len(normed))[:_EASY]]
        return torch.cat([easy, normed[self._judged(normed).topk(_HARD).indices]]) if hard else easy

    def _learn(self, defective: Tensor, normal: Tensor) -> None:
        self.classifier.train()
        labels = torch.cat([torch.ones(_DEFECTIVE), torch.zeros(_NORMAL)])
        for _ in range(_STEPS):
            shown = defective[torch.randint(len(defective), (_DEFECTIVE,))]
            noisy = shown + 0.1 * torch.randn_like(shown)
            batch = torch.cat([noisy, normal[torch.randint(len(normal), (_NORMAL,))]])
            loss = functional.binary_cross_entropy_with_logits(self.classifier(batch)[:, 0], labels)
            self.steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.steps.step()


def _widened(defective: Tensor) -> Tensor:
    return functional.max_pool2d(defective[None, None].float(), _MARGIN, 1, _MARGIN // 2)[0, 0] > 0


if __name__ == "__main__":
    print(json.dumps([asdict(record) for record in measure()], indent=1))  # noqa: T201
