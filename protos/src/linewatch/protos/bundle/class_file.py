"""The file of a bundle that holds its classes of defects: read with every check, written as canonical JSON."""

import math

from linewatch.protos import bundle_pb2 as pb
from linewatch.protos.bundle.canonical import canonical_bytes, parse_canonical
from linewatch.protos.bundle.check import CLASSES_PATH
from linewatch.protos.bundle.classes import ClassBank, DefectClass
from linewatch.protos.bundle.errors import ClassesError
from linewatch.protos.bundle.manifest import Manifest

MAX_CLASSES = 256
MAX_NAME_LENGTH = 64
_LONGEST, _SHORTEST = 1.001, 1e-6
"""Lengths of a mean of directions: rounded, and of some that do not quite cancel each other out."""

NO_DEFECT = "good"
"""The folder of pictures without a defect; no class may be called so."""


def bank_bytes(bank: ClassBank) -> bytes:
    """Write the bank as canonical JSON.

    Raises:
        ManifestError: a value does not fit its field of the contract.
    """
    return canonical_bytes(bank.to_proto())


def parse_bank(data: bytes, manifest: Manifest) -> ClassBank:
    """Read and check the bank of the bundle that `manifest` describes.

    Raises:
        ManifestError: not canonical JSON of the contract.
        ClassesError: a value is absurd, or does not fit the manifest; names it.
    """
    bank = ClassBank.from_proto(parse_canonical(data, pb.ClassBank(), CLASSES_PATH))
    check_bank(bank, manifest)
    return bank


def check_bank(bank: ClassBank, manifest: Manifest) -> None:
    """Check every value of the bank, and that it fits the manifest.

    Raises:
        ClassesError: names what does not.
    """
    limits = (bank.least_similarity, bank.least_margin)
    _require(all(-1 <= limit <= 2 for limit in limits), f"least similarity and margin {limits}")
    sizes = {target.name: _embedding_size(manifest, target.name) for target in manifest.targets}
    if sorted(one.target for one in bank.targets) != sorted(sizes):
        raise ClassesError(f"{CLASSES_PATH} is for {[one.target for one in bank.targets]}, not for {list(sizes)}")
    for seen in bank.targets:
        names = tuple(one.name for one in seen.classes)
        if names != manifest.defect_classes:
            raise ClassesError(f"{CLASSES_PATH} has the classes {names}, the manifest {manifest.defect_classes}")
        _require(len(names) <= MAX_CLASSES and len(set(names)) == len(names), f"{len(names)} classes")
        for one in seen.classes:
            _check_class(one, sizes[seen.target])


def check_class_name(name: str) -> str:
    """Give `name` back if a class may be called so.

    Raises:
        ClassesError: it is empty, too long, has characters that cannot be shown, or means that there is no defect.
    """
    if name == NO_DEFECT:
        raise ClassesError(f"'{NO_DEFECT}' is what has no defect: give the class the name of one")
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable() or name != name.strip():
        raise ClassesError(
            f"a class cannot be called {name!r}: use 1 to {MAX_NAME_LENGTH} characters that can be shown, and no space "
            "at either end"
        )
    return name


def _check_class(one: DefectClass, size: int) -> None:
    check_class_name(one.name)
    length = math.hypot(*one.prototype)
    _require(one.examples > 0, f"{one.name}: {one.examples} examples")
    _require(len(one.prototype) == size, f"{one.name}: a prototype of {len(one.prototype)} numbers, not {size}")
    _require(_SHORTEST < length < _LONGEST, f"{one.name}: a prototype of length {length:g}")


def _embedding_size(manifest: Manifest, target: str) -> int:
    outputs = next(one.outputs for one in manifest.targets if one.name == target)
    return next((tensor.shape[-1] for tensor in outputs if tensor.name == "embedding"), 0)


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise ClassesError(f"{CLASSES_PATH} is not usable: {fault}")
