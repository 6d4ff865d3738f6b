"""Compiles a bundle again, from what it says of itself, and sees that the same comes out."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from linewatch.cloud.errors import NotRepeated, WrongUse
from linewatch.compiler.prove.table import Costs
from linewatch.compiler.settings import CompileSettings
from linewatch.protos.bundle import CLASSES_PATH, Bundle, Manifest, manifest_digest, read_bundle
from linewatch.protos.bundle.errors import BundleError

THREADS = "torch-threads"


@dataclass(frozen=True, kw_only=True)
class Original:
    """A bundle that is to be made again.

    `recorded` are its times and its memory: they differ from run to run, and are not measured again.
    `threads` is how many torch computed with: sums depend on it.
    """

    bundle: Bundle
    settings: CompileSettings
    recorded: Costs
    threads: int

    @property
    def training_run(self) -> str:
        """Name of the run it was compiled from."""
        return self.bundle.manifest.lineage.training_run


def original_of(folder: Path, dataset_digest: str) -> Original:
    """Read what decides a bundle from its manifest.

    Raises:
        WrongUse: there is no bundle, it was made from other pictures than those of `dataset_digest`, or by another
            version of Linewatch.
    """
    try:
        bundle = read_bundle(folder)
    except BundleError as error:
        raise WrongUse(str(error)) from error
    lineage = bundle.manifest.lineage
    if lineage.dataset_digest != dataset_digest:
        raise WrongUse(
            f"{folder} was compiled from other pictures than this run was trained on: give the run "
            f"'{lineage.training_run}' that it names"
        )
    try:
        plain, threads = json.loads(lineage.compiler_settings), int(lineage.tool_versions[THREADS])
        if threads < 1:
            raise ValueError(f"{threads} threads")
    except (ValueError, KeyError) as error:
        raise WrongUse(f"{folder} does not say how it was compiled: another version of Linewatch wrote it") from error
    return Original(
        bundle=bundle,
        settings=CompileSettings.from_plain(plain),
        recorded=Costs.recorded(bundle.manifest.measurements),
        threads=threads,
    )


def check_repeated(original: Bundle, made: Bundle) -> bool:
    """Compare a bundle with the one that it repeats; False when classes were added to that, or removed, since.

    Site and release counter, which publishing adds, do not count, nor do those classes, which the new one lacks.

    Raises:
        NotRepeated: names what differs.
    """
    first, second = _unpublished(original.manifest), _unpublished(made.manifest)
    changed = bool(original.manifest.lineage.parent_bundle)
    if changed:
        first, second = _without_classes(first), _without_classes(second)
    if manifest_digest(first) == manifest_digest(second):
        return not changed
    known = {entry.path: entry.sha256 for entry in first.files}
    again = {entry.path: entry.sha256 for entry in second.files}
    differing = sorted(path for path in known.keys() | again.keys() if known.get(path) != again.get(path))
    tools = _other_tools(first, second)
    because = f"; other versions were at work: {tools}" if tools else ""
    raise NotRepeated(
        f"{made.folder} is not {original.folder} again: {', '.join(differing) or 'the manifest'} differ{because}. "
        "Equal bytes need the same run, the same versions, the same kind of processor and the same optional runtimes "
        "(docs/guide.md); the new bundle is whole and was kept"
    )


def _unpublished(manifest: Manifest) -> Manifest:
    return dataclasses.replace(manifest, site="", release=0)


def _without_classes(manifest: Manifest) -> Manifest:
    return dataclasses.replace(
        manifest,
        files=tuple(entry for entry in manifest.files if entry.path != CLASSES_PATH),
        defect_classes=(),
        lineage=dataclasses.replace(manifest.lineage, parent_bundle=""),
    )


def _other_tools(first: Manifest, second: Manifest) -> str:
    before, now = first.lineage.tool_versions, second.lineage.tool_versions
    return ", ".join(
        f"{tool} {before.get(tool, 'none')} then, {now.get(tool, 'none')} now"
        for tool in sorted(before.keys() | now.keys())
        if before.get(tool) != now.get(tool)
    )
