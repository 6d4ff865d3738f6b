"""Judges the test pictures with the compiled graph, for the report."""

from dataclasses import dataclass
from pathlib import Path

from linewatch.cloud.training.dataset import GOOD, Dataset
from linewatch.cloud.training.pictures import read_picture
from linewatch.cloud.training.progress import Progress
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.teacher import FloatArray
from linewatch.protos.bundle import Bundle


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One picture, of `bits` significant bits, with its score and its map float32[h, w]."""

    path: Path
    bits: int
    kind: str
    score: float
    heat: FloatArray

    @property
    def kind_is_defect(self) -> bool:
        """Whether the picture shows a defect."""
        return self.kind != GOOD


def judge_test_pictures(bundle: Bundle, dataset: Dataset, bits: int, progress: Progress) -> list[Judged]:
    """Every test picture of `dataset`, in order, read as the training read them: with `bits` significant bits."""
    judge = Judge(bundle.read(bundle.manifest.targets[0].graph_path))
    judged: list[Judged] = []
    for done, sample in enumerate(dataset.test):
        progress("judging for the report", done, len(dataset.test))
        verdict = judge([read_picture(sample.path, bits)])
        score = float(verdict.scores[0])
        judged.append(Judged(path=sample.path, bits=bits, kind=sample.kind, score=score, heat=verdict.maps[0]))
    progress("judging for the report", len(dataset.test), len(dataset.test))
    return judged
