"""What `linewatch-edge doctor --tune` chose for this device, kept in its state folder."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from linewatch.edge.settings import Settings
from linewatch.edge.update.durable import guarding_disk, write_whole
from linewatch.protos.bundle import MANIFEST_NAME, Manifest, parse_manifest
from linewatch.protos.bundle.errors import BundleError

_NAME = "tuned.json"
_RUNTIMES = ("onnxruntime", "openvino")


class Choice(Settings):
    """How inference runs fastest here; as in `InferenceSettings` and `RuntimeOptions`."""

    runtime: Literal["onnxruntime", "openvino"] = "onnxruntime"
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    batch: Annotated[int, Field(ge=1, le=64)] = 1
    arena: bool = True
    memory_pattern: bool = True
    spinning: bool = False


class DeviceFacts(Settings):
    """What a choice depends on. With other facts it says nothing."""

    processor: str
    cores: int
    runtimes: dict[str, str]


class Tuned(Settings):
    """A choice, the facts it was made under, and what was measured: frames a second and MB, before and after.

    `bundle` and `bundle_name` are the digest and the name of the bundle with which it was measured.
    """

    facts: DeviceFacts
    bundle: str
    bundle_name: str
    choice: Choice
    frames_per_second: float
    frames_per_second_before: float
    megabytes: float
    megabytes_before: float

    def fits(self, manifest: Manifest) -> bool:
        """Whether it is used for a bundle on this device: for every release of the one that it was measured with.

        A release comes every week, and seldom changes what is fastest; a bundle of another name is another student.
        """
        return self.facts == device_facts() and self.bundle_name == manifest.name


def device_facts() -> DeviceFacts:
    """Those of this device and process."""
    return DeviceFacts(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        runtimes={name: version for name in _RUNTIMES if (version := _version(name))},
    )


def read_tuned(state: Path) -> Tuned | None:
    """What was chosen; None where nothing was, or nobody can read it."""
    try:
        return Tuned.model_validate_json((state / _NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def usable_tuning(state: Path, bundle: Path | None) -> Tuned | None:
    """What was chosen, where it fits this device and the bundle in the folder `bundle`; else None."""
    tuned = read_tuned(state)
    if tuned is None or bundle is None:
        return None
    try:
        return tuned if tuned.fits(parse_manifest((bundle / MANIFEST_NAME).read_bytes())) else None
    except (BundleError, OSError):  # loading it tells
        return None


def write_tuned(state: Path, tuned: Tuned) -> None:
    """Keep a choice for the next starts.

    Raises:
        DiskFull, StateUnwritable: the disk refused.
    """
    with guarding_disk("keep what was measured"):
        state.mkdir(parents=True, exist_ok=True)
        write_whole(state / _NAME, tuned.model_dump_json(indent=1).encode())


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    """Its model, as Linux names it; the architecture where it has no name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    said = dict(line.partition("\t")[::2] for line in reversed(lines))
    names = [said[key].lstrip("\t: ") for key in said if key.strip() in ("model name", "Model", "Hardware")]
    return f"{platform.machine()} {names[0] if names else ''}".strip()
