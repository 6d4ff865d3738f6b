"""Engines and timing caches on the disk: whole and of this device, or not there."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from linewatch.edge.infer.runtimes.tensorrt.gpu import Gpu
from linewatch.edge.update.durable import guarding_disk, write_whole

_KEPT = 4
"""Engines: of the serving bundle and the one before it, and of another target or version each."""

_LONGEST_HEADER = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineKey:
    """What an engine was built of, by and for. It is used for nothing else.

    Attributes:
        bundle: digest of the bundle.
        target: name of its target.
        library: `tensorrt` and its version.
        gpu: the GPU.
    """

    bundle: str
    target: str
    library: str
    gpu: Gpu

    def engine_facts(self) -> dict[str, object]:
        """What an engine belongs to: everything."""
        return asdict(self)

    def timing_facts(self) -> dict[str, object]:
        """What the timings of kernels belong to: they are the same for all bundles."""
        return {"library": self.library, "gpu": asdict(self.gpu)}

    def engine_name(self) -> str:
        """Of the engine's file."""
        return f"{_short(self.engine_facts())}.engine"

    def timing_name(self) -> str:
        """Of the file with timings."""
        return f"{_short(self.timing_facts())}.timing"


class EngineFiles:
    """The folder of a device's engines. A damaged file, or one of something else, is deleted and counts as absent."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is made when something is kept."""
        self.folder = folder

    def engine(self, key: EngineKey) -> bytes | None:
        """The engine; None where there is none that is whole."""
        path = self.folder / key.engine_name()
        data = _read(path, key.engine_facts())
        if data is not None:
            os.utime(path)
        return data

    def timings(self, key: EngineKey) -> bytes:
        """The timing cache; empty where there is none that is whole."""
        return _read(self.folder / key.timing_name(), key.timing_facts()) or b""

    def keep_engine(self, key: EngineKey, data: bytes) -> None:
        """Write an engine, and delete those that were not used for longest.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        self._keep(key.engine_name(), key.engine_facts(), data)
        engines = sorted(self.folder.glob("*.engine"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in engines[_KEPT:]:
            old.unlink(missing_ok=True)

    def keep_timings(self, key: EngineKey, data: bytes) -> None:
        """Write a timing cache, and delete those of other versions and GPUs.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        self._keep(key.timing_name(), key.timing_facts(), data)
        for old in self.folder.glob("*.timing"):
            if old.name != key.timing_name():
                old.unlink(missing_ok=True)

    def discard(self, key: EngineKey) -> None:
        """Delete the engine."""
        (self.folder / key.engine_name()).unlink(missing_ok=True)

    def _keep(self, name: str, facts: dict[str, object], data: bytes) -> None:
        header = json.dumps({"of": facts, "sha256": hashlib.sha256(data).hexdigest()}, sort_keys=True)
        with guarding_disk("keep the engine"):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / name, header.encode() + b"\n" + data)


def _read(path: Path, facts: dict[str, object]) -> bytes | None:
    """The contents behind the first line, which says what they are and their hash."""
    try:
        with path.open("rb") as file:
            header, data = file.readline(_LONGEST_HEADER), file.read()
    except OSError:
        return None
    expected = json.dumps({"of": facts, "sha256": hashlib.sha256(data).hexdigest()}, sort_keys=True)
    if header == expected.encode() + b"\n":
        return data
    path.unlink(missing_ok=True)
    return None


def _short(facts: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
