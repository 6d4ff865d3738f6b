"""Adds classes to a bundle and takes them away: only the bank and the manifest change, no graph."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from linewatch.compiler.classes.bank import with_class, without_class
from linewatch.compiler.errors import CompilerError, WrongUse
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.target import TARGETS, check_target
from linewatch.compiler.teacher import UInt8Array
from linewatch.protos.bundle import (
    CLASSES_PATH,
    Bundle,
    ClassBank,
    bank_bytes,
    check_class_name,
    check_place,
    read_bundle,
    write_bundle,
)
from linewatch.protos.bundle.errors import BundleError, BundleWriteError, ClassesError


@dataclass(frozen=True, kw_only=True)
class Added:
    """The bundle with the class, and how many of the `shown` pictures it found anomalous and learned from.

    `foreign` of them are of another size than the frames that the bundle was made for.
    """

    bundle: Bundle
    shown: int
    found: int
    foreign: int


def open_bundle(folder: Path) -> Bundle:
    """The bundle in `folder`.

    Raises:
        WrongUse: there is none, or it is damaged.
    """
    try:
        return read_bundle(folder)
    except BundleError as error:
        raise WrongUse(str(error)) from error


def add_class(folder: Path, name: str, frames: Sequence[UInt8Array]) -> Added:
    """Teach the bundle in `folder` a kind of defect, or more of what one looks like.

    Frames that its first target calls normal are left out: their embeddings show nothing of the defect.

    Args:
        folder: the bundle, which is exchanged in one step.
        name: what the defect is called.
        frames: RGB uint8[H, W, 3] frames of the camera that show it.

    Raises:
        WrongUse: no bundle, no such name, or the bundle sees no defect in any of the frames.
        CompilerError: the disk refused.
    """
    try:
        check_class_name(name)
    except ClassesError as error:
        raise WrongUse(str(error)) from error
    if not frames:
        raise WrongUse(f"give at least one picture that shows '{name}'")
    with _locked(folder) as bundle:
        return _add(bundle, name, frames)


def remove_class(folder: Path, name: str) -> Bundle:
    """Let the bundle in `folder` forget a kind of defect; the bundle is exchanged in one step.

    Raises:
        WrongUse: no bundle, or it does not know the class.
        CompilerError: the disk refused.
    """
    with _locked(folder) as bundle:
        bank = bundle.classes()
        if bank is None or name not in bank.names:
            known = ", ".join(bank.names) if bank is not None else "none"
            raise WrongUse(f"{folder} knows no class '{name}'; it knows: {known}")
        return _exchange(bundle, without_class(bank, name))


def _add(bundle: Bundle, name: str, frames: Sequence[UInt8Array]) -> Added:
    if bundle.manifest.stack is not None:
        raise WrongUse(f"{bundle.folder} judges the frames of a video together, and cannot name what it finds")
    targets = bundle.manifest.targets
    seen = {
        target.name: Judge(bundle.read(target.graph_path), optimised=TARGETS[check_target(target.name)].native)(frames)
        for target in targets
    }
    first = targets[0]
    anomalous = seen[first.name].scores >= first.threshold.score
    found = int(anomalous.sum())
    if not found:
        raise WrongUse(
            f"the bundle calls none of the {len(frames)} pictures anomalous, so it would never name '{name}': put them "
            f"into train/{name} of its pictures, and train and compile again"
        )
    shown = {target: verdicts.embeddings[anomalous] for target, verdicts in seen.items()}
    written = _exchange(bundle, with_class(bundle.classes(), name, shown))
    size = (bundle.manifest.frame_height, bundle.manifest.frame_width)
    foreign = sum(frame.shape[:2] != size for frame in frames)
    return Added(bundle=written, shown=len(frames), found=found, foreign=foreign)


@contextmanager
def _locked(folder: Path) -> Iterator[Bundle]:
    """The bundle in `folder`, which nobody else changes meanwhile."""
    try:
        check_place(folder, replace=True)
    except BundleError as error:
        raise WrongUse(str(error)) from error
    open_bundle(folder)
    while True:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(descriptor), folder.stat()):  # else somebody exchanged it while we waited
                yield open_bundle(folder)
                return
        finally:
            os.close(descriptor)


def _exchange(bundle: Bundle, bank: ClassBank) -> Bundle:
    files = {entry.path: bundle.read(entry.path) for entry in bundle.manifest.files if entry.path != CLASSES_PATH}
    if bank.names:
        files[CLASSES_PATH] = bank_bytes(bank)
    lineage = replace(bundle.manifest.lineage, parent_bundle=bundle.digest)
    manifest = replace(bundle.manifest, defect_classes=bank.names, lineage=lineage)
    try:
        return write_bundle(bundle.folder, manifest, files, replace=True)
    except BundleWriteError as error:
        raise CompilerError(str(error)) from error
    except BundleError as error:
        raise WrongUse(str(error)) from error
