"""Rules that a manifest keeps, without any file: paths, sizes, shapes, references."""

import math
import re

from linewatch.protos.bundle.errors import (
    DuplicateFileError,
    ManifestValueError,
    PathError,
    SchemaVersionError,
)
from linewatch.protos.bundle.manifest import (
    PLAIN_BITS,
    SCHEMA_VERSION,
    FileEntry,
    Manifest,
    Target,
    TensorSpec,
    Threshold,
)

MANIFEST_NAME = "manifest.json"
CLASSES_PATH = "classes.json"
MAX_MANIFEST_BYTES = 4 << 20
MAX_FILES = 10_000
MAX_FILE_BYTES = 2 << 30
MAX_BUNDLE_BYTES = 4 << 30
MAX_PATH_LENGTH = 200
MAX_RANK = 6
MAX_DIMENSION = 1 << 16
MAX_ELEMENTS = 1 << 31
MAX_FRAME_SIDE = 1 << 15
MAX_STACK_FRAMES = 16
MAX_STACK_STEP = 1000
MAX_SAMPLED = 1 << 16
DTYPES = frozenset({"uint8", "int8", "int32", "int64", "float16", "float32"})

_PATH_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_manifest(manifest: Manifest) -> None:
    """Check every value of the manifest.

    Raises:
        SchemaVersionError: written for another version of the contract.
        PathError: a path escapes or is not portable.
        DuplicateFileError: two entries name one file (upper and lower case count as the same).
        ManifestValueError: anything else that is absurd; the text names the field.
    """
    if manifest.schema_version != SCHEMA_VERSION:
        raise SchemaVersionError(
            f"this bundle has schema version {manifest.schema_version}, this software reads {SCHEMA_VERSION}; "
            "compile the bundle again, or update the software"
        )
    _require(bool(_NAME.fullmatch(manifest.name)), f"name {manifest.name!r}: use letters, digits, '.', '_', '-'")
    _require(not manifest.site or bool(_NAME.fullmatch(manifest.site)), f"site {manifest.site!r} is not a name")
    _check_frame(manifest)
    _check_stack(manifest)
    _check_sampling(manifest)
    _check_files(manifest.files)
    _check_classes(manifest)
    _check_targets(manifest)
    _check_golden(manifest)
    _check_measurements(manifest)


def check_path(path: str) -> None:
    """Check one path of a bundle: relative, plain ASCII parts, no part that means something to a file system.

    Raises:
        PathError: the path escapes, is too long, or has characters that systems treat differently.
    """
    if len(path) > MAX_PATH_LENGTH:
        raise PathError(f"path {path[:40]!r}... is longer than {MAX_PATH_LENGTH} characters")
    if path.casefold() == MANIFEST_NAME or not all(_PATH_PART.fullmatch(part) for part in path.split("/")):
        raise PathError(
            f"path {path!r} may not stand in a bundle: use relative paths of letters, digits, '.', '_', '-'"
        )


def _check_frame(manifest: Manifest) -> None:
    for side in (manifest.frame_width, manifest.frame_height):
        _require(0 < side <= MAX_FRAME_SIDE, f"frame size {manifest.frame_width} x {manifest.frame_height} pixels")
    _require(PLAIN_BITS <= manifest.picture_bits <= 16, f"pictures of {manifest.picture_bits} bits")
    region = manifest.region
    if region is not None:
        shares = (region.left, region.top, region.width, region.height)
        _require(
            _finite(*shares) and max(map(abs, shares)) <= 1 and region.lies_in_the_frame,
            f"the region {shares} is no part of the frame",
        )


def _check_stack(manifest: Manifest) -> None:
    """One frame has 4 dimensions, a stack one more, and all graphs take the same."""
    stack = manifest.stack
    if stack is not None:
        _require(
            2 <= stack.frames <= MAX_STACK_FRAMES and 1 <= stack.step <= MAX_STACK_STEP,
            f"a stack of {stack.frames} frames, {stack.step} apart",
        )
    for target in manifest.targets:
        for tensor in target.inputs:
            stacked = len(tensor.shape) == 5
            fits = tensor.shape[1] == stack.frames if stacked and stack is not None else not stacked and stack is None
            _require(fits, f"target {target.name}: input {list(tensor.shape)} for {stack or 'single frames'}")


def _check_sampling(manifest: Manifest) -> None:
    sampling = manifest.sampling
    if sampling is not None:
        sides = (sampling.height, sampling.width)
        _require(all(0 < side <= MAX_SAMPLED for side in sides), f"graphs that look at {sides} pixels of a frame")


def _check_files(files: tuple[FileEntry, ...]) -> None:
    _require(0 < len(files) <= MAX_FILES, f"{len(files)} files; a bundle has 1 to {MAX_FILES}")
    seen: set[str] = set()
    for entry in files:
        check_path(entry.path)
        folded = entry.path.casefold()
        if folded in seen:
            raise DuplicateFileError(f"the manifest lists {entry.path!r} twice")
        seen.add(folded)
        _require(0 <= entry.size_bytes <= MAX_FILE_BYTES, f"size of {entry.path}: {entry.size_bytes} bytes")
        _require(bool(_SHA256.fullmatch(entry.sha256)), f"SHA-256 of {entry.path}: {entry.sha256!r}")
    total = sum(entry.size_bytes for entry in files)
    _require(total <= MAX_BUNDLE_BYTES, f"all files together are {total} bytes, more than {MAX_BUNDLE_BYTES}")
    _require(list(files) == sorted(files, key=lambda entry: entry.path), "files are not sorted by path")


def _check_classes(manifest: Manifest) -> None:
    listed = any(entry.path == CLASSES_PATH for entry in manifest.files)
    _require(
        listed == bool(manifest.defect_classes),
        f"it names {len(manifest.defect_classes)} classes of defects, and lists {'a' if listed else 'no'} "
        f"file {CLASSES_PATH}",
    )


def _check_targets(manifest: Manifest) -> None:
    names = [target.name for target in manifest.targets]
    _require(bool(names), "no targets; a bundle runs on at least one")
    _require(len(set(names)) == len(names), f"targets are named twice: {names}")
    listed = {entry.path for entry in manifest.files}
    for target in manifest.targets:
        _check_target(target)
        _require(
            target.graph_path in listed,
            f"target {target.name}: graph {target.graph_path!r} is not a listed file",
        )


def _check_target(target: Target) -> None:
    _require(bool(_NAME.fullmatch(target.name)), f"target name {target.name!r}")
    _require(bool(target.inputs) and bool(target.outputs), f"target {target.name} has no inputs or no outputs")
    for tensor in (*target.inputs, *target.outputs):
        _check_tensor(tensor)
    _check_threshold(target.threshold, target.name)
    maps = [tensor.shape[1:] for tensor in target.outputs if tensor.name == "map"]
    most = min((math.prod(shape) for shape in maps if min(shape, default=0) > 0), default=MAX_ELEMENTS if maps else 0)
    _require(
        0 <= target.score_cells <= most,
        f"target {target.name}: a score of {target.score_cells} cells of {most} in the map",
    )
    band = target.normal_scores
    _require(
        _finite(band.low, band.median, band.high) and band.low <= band.median <= band.high,
        f"target {target.name}: score band {band.low} .. {band.median} .. {band.high}",
    )


def _check_tensor(tensor: TensorSpec) -> None:
    _require(bool(tensor.name) and len(tensor.name) <= 64, f"tensor name {tensor.name[:64]!r}")
    _require(tensor.dtype in DTYPES, f"tensor {tensor.name}: type {tensor.dtype!r}, known are {sorted(DTYPES)}")
    _require(len(tensor.shape) <= MAX_RANK, f"tensor {tensor.name}: {len(tensor.shape)} dimensions")
    fixed = [side for side in tensor.shape if side != -1]
    _require(
        all(0 < side <= MAX_DIMENSION for side in fixed) and math.prod(fixed) <= MAX_ELEMENTS,
        f"tensor {tensor.name}: shape {list(tensor.shape)}",
    )


def _check_threshold(threshold: Threshold, target: str) -> None:
    rates = (threshold.false_alarms_per_hour, threshold.frames_per_second)
    _require(_finite(threshold.score), f"target {target}: threshold {threshold.score}")
    _require(_finite(*rates) and min(rates) >= 0, f"target {target}: false alarms per hour and frame rate {rates}")
    shares = (threshold.false_positive_rate_bound, threshold.confidence)
    _require(all(0 <= share <= 1 for share in shares), f"target {target}: rate bound and confidence {shares}")


def _check_golden(manifest: Manifest) -> None:
    golden = manifest.golden
    _require(bool(golden.pictures), "no golden pictures; nothing could be checked on the device")
    _require(
        _finite(golden.score_tolerance) and golden.score_tolerance > 0,
        f"golden tolerance {golden.score_tolerance}",
    )
    listed = {entry.path for entry in manifest.files}
    names = {target.name for target in manifest.targets}
    for picture in golden.pictures:
        _require(picture.path in listed, f"golden picture {picture.path!r} is not a listed file")
        _require(
            set(picture.scores) == names,
            f"golden picture {picture.path}: scores for {sorted(picture.scores)}",
        )
        _require(_finite(*picture.scores.values()), f"golden picture {picture.path}: a score is not finite")


def _check_measurements(manifest: Manifest) -> None:
    for line in manifest.measurements:
        _require(_finite(line.value), f"measurement {line.subject}/{line.metric} is not finite")


def _finite(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise ManifestValueError(f"the manifest is not usable: {fault}")
