"""Files that are in a dataset more than once: a copy shows nothing new, and proves nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.dataset import FEWEST_GOOD, Dataset, Sample


def without_copies(dataset: Dataset, hashes: Mapping[Path, str]) -> Dataset:
    """The dataset with the first of all equal files to learn from.

    Args:
        dataset: what was found.
        hashes: SHA-256 of each file of it.

    Raises:
        DatasetError: too few good pictures differ, or one of them is a labelled defect too.
    """
    train, labelled = _distinct(dataset.train, hashes), _distinct(dataset.labelled, hashes)
    if len(train) == 1 < len(dataset.train):
        raise DatasetError("the good pictures are all the same; give pictures that show how good parts differ")
    if len(train) < FEWEST_GOOD and not dataset.filmed:
        raise DatasetError(
            f"{len(train)} of the {len(dataset.train)} good pictures differ, the others are copies: at least "
            f"{FEWEST_GOOD} different ones are needed, 50 and more are better"
        )
    good = {hashes[sample.path]: sample for sample in train}
    for sample in labelled:
        if (twin := good.get(hashes[sample.path])) is not None:
            raise DatasetError(
                f"{dataset.name(sample.path)} is the same picture as {dataset.name(twin.path)}: it cannot be good and "
                f"{sample.kind}, remove one"
            )
    return replace(dataset, train=train, labelled=labelled)


def copy_notes(dataset: Dataset, hashes: Mapping[Path, str]) -> list[str]:
    """What people should know about equal files of `dataset`, as it was found."""
    notes = []
    copies = len(dataset.train) - len(_distinct(dataset.train, hashes))
    if copies:
        notes.append(f"{copies} of the {len(dataset.train)} good pictures are copies of others and count once")
    learned = {hashes[sample.path] for sample in (*dataset.train, *dataset.labelled)}
    known = [sample for sample in dataset.test if hashes[sample.path] in learned]
    if known:
        notes.append(
            f"{len(known)} of the {len(dataset.test)} test pictures are among those to learn from "
            f"({dataset.name(known[0].path)}): what they measure is too good to be true"
        )
    return notes


def _distinct(samples: Sequence[Sample], hashes: Mapping[Path, str]) -> tuple[Sample, ...]:
    first: dict[str, Sample] = {}
    for sample in samples:
        first.setdefault(hashes[sample.path], sample)
    return tuple(first.values())
