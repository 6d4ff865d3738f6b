"""The picture sets that the compiler is measured on, and which of their labels may be learned from."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from linewatch.cloud.samples.dataset import write_dataset
from linewatch.cloud.training.dataset import GOOD, Sample
from linewatch.cloud.training.hand_over import judged_picture, labelled_picture, pictures_of
from linewatch.cloud.training.run import Run
from linewatch.compiler.pictures import Pictures

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SETS = ("ball_screw", "toy_alien", "magnetic_tile", "deep_pcb")


def picture_sets(folder: Path, scratch: Path) -> dict[str, Path]:
    """Every known set in `folder` by name, or the project's own pictures, written to `scratch`, where there is none."""
    found = {name: folder / name for name in SETS if (folder / name).is_dir()}
    return found or {"samples": write_dataset(scratch / "samples")}


def with_labels(run: Run, most: int | None) -> Pictures:
    """The run's pictures, with labels from the even half of each kind of defect and judgement on the odd half.

    The halves are those of the sorted names. `most` labels of a kind, evenly spread, or all.
    """
    kinds: dict[str, list[Sample]] = {}
    for sample in run.dataset.test:
        kinds.setdefault(sample.kind, []).append(sample)
    good = kinds.pop(GOOD, [])
    ordered = {kind: sorted(samples, key=lambda sample: sample.path.name) for kind, samples in kinds.items()}
    judged = [*good, *(sample for samples in ordered.values() for sample in samples[1::2])]
    return replace(
        pictures_of(run),
        labelled=[labelled_picture(run, sample) for sample in _learned(ordered, most)],
        test=[judged_picture(run, sample) for sample in judged],
    )


def _learned(kinds: Mapping[str, list[Sample]], most: int | None) -> list[Sample]:
    chosen: list[Sample] = []
    for samples in kinds.values():
        even = samples[::2]
        count = len(even) if most is None else min(most, len(even))
        chosen += [even[place] for place in sorted({round(at) for at in np.linspace(0, len(even) - 1, count)})]
    return chosen
