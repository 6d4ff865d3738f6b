"""Looks at every file of a dataset once before work begins: is each readable, and what is the digest of all."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.dataset import Dataset, Sample, is_video
from linewatch.cloud.training.footage import Film, watch
from linewatch.cloud.training.pictures import decode_picture, read_bytes, read_mask, significant_bits
from linewatch.cloud.training.progress import Progress, silent

_FAULTS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class DatasetFacts:
    """What holds for a dataset as a whole."""

    digest: str
    """SHA-256 over the sorted relative paths and the contents of all pictures and masks."""
    bits: int
    """Significant bits of the 16-bit pictures to learn from, or of those to judge where none is; 8 if all have 8."""
    sizes: tuple[tuple[int, int], ...]
    """The different (height, width) of the pictures to learn from."""
    hashes: Mapping[Path, str]
    """SHA-256 of each picture, video and mask."""
    films: Mapping[Path, Film] = field(default_factory=dict)
    """What each video holds."""


@dataclass(frozen=True, kw_only=True)
class _FileFacts:
    sha256: str
    brightest: int
    """The highest value of a 16-bit picture; 0 for others."""
    size: tuple[int, int]


def inspect_dataset(dataset: Dataset, progress: Progress = silent) -> DatasetFacts:
    """Read and decode every picture, mask and video of `dataset`, holding one at a time.

    Raises:
        DatasetError: some files are broken, tiny or unreadable, or a mask does not fit its picture; names them.
    """
    files: dict[Path, _FileFacts] = {}
    masks: dict[Path, str] = {}
    films: dict[Path, Film] = {}
    faults: list[str] = []
    for index, sample in enumerate(dataset.samples):
        progress("checking pictures", index, len(dataset.samples))
        try:
            if is_video(sample.path):
                films[sample.path] = watch(sample.path)
                files[sample.path] = _facts_of(films[sample.path])
                continue
            files[sample.path] = _inspect_picture(sample.path)
            if sample.mask is not None:
                masks[sample.mask] = _inspect_mask(sample, files[sample.path].size)
        except DatasetError as error:
            faults.append(str(error))
    progress("checking pictures", len(dataset.samples), len(dataset.samples))
    if faults:
        raise DatasetError(_told(faults))
    hashes = {path: facts.sha256 for path, facts in files.items()} | masks
    return DatasetFacts(
        digest=_digest({dataset.name(path): value for path, value in hashes.items()}),
        bits=_bits(dataset, files),
        sizes=tuple(sorted({files[sample.path].size for sample in dataset.train})),
        hashes=hashes,
        films=films,
    )


def _facts_of(film: Film) -> _FileFacts:
    return _FileFacts(sha256=film.sha256, brightest=0, size=film.size)


def _inspect_picture(path: Path) -> _FileFacts:
    data = read_bytes(path)
    picture = decode_picture(path, data)
    return _FileFacts(
        sha256=hashlib.sha256(data).hexdigest(),
        brightest=int(picture.max()) if picture.dtype == np.uint16 else 0,
        size=(picture.shape[0], picture.shape[1]),
    )


def _inspect_mask(sample: Sample, size: tuple[int, int]) -> str:
    assert sample.mask is not None
    mask = read_mask(sample.mask)
    if mask.shape != size:
        raise DatasetError(
            f"{sample.mask} is {mask.shape[1]} x {mask.shape[0]} pixels but its picture {sample.path.name} "
            f"{size[1]} x {size[0]}: draw it in the size of the picture, or remove it"
        )
    return hashlib.sha256(read_bytes(sample.mask)).hexdigest()


def _bits(dataset: Dataset, files: dict[Path, _FileFacts]) -> int:
    learned = max(files[sample.path].brightest for sample in dataset.train)
    judged = max((files[sample.path].brightest for sample in dataset.test), default=0)
    return significant_bits([learned or judged])


def _digest(hashes: dict[str, str]) -> str:
    total = hashlib.sha256()
    for name in sorted(hashes):
        total.update(f"{name}\0{hashes[name]}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _told(faults: list[str]) -> str:
    more = len(faults) - _FAULTS_SHOWN
    return "; ".join(faults[:_FAULTS_SHOWN]) + (f"; and {more} files more" if more > 0 else "")
