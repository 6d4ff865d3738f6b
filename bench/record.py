"""One measured figure beside its goal and its limit."""

import json
import os
import platform
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

RESULTS = Path(__file__).with_name("results.json")
VERSIONS_OF = (
    "linewatch",
    "torch",
    "onnxruntime",
    "openvino",
    "onnx",
    "torch-pruning",
    "safetensors",
    "numpy",
    "opencv-python",
    "paho-mqtt",
    "tuf",
)


@dataclass(frozen=True, kw_only=True)
class Record:
    """`value` in `unit`; `goal` as text (`>= 200`); `limit` is the physical or theoretical bound, if one is known."""

    name: str
    value: float
    unit: str
    goal: str
    limit: str
    met: bool | None
    command: str


def at_least(name: str, value: float, goal: float, *, unit: str, command: str, limit: str = "") -> Record:
    """A figure that should not be lower than `goal`."""
    return Record(
        name=name, value=value, unit=unit, goal=f">= {goal:g}", limit=limit, met=value >= goal, command=command
    )


def at_most(name: str, value: float, goal: float, *, unit: str, command: str, limit: str = "") -> Record:
    """A figure that should not be higher than `goal`."""
    return Record(
        name=name, value=value, unit=unit, goal=f"<= {goal:g}", limit=limit, met=value <= goal, command=command
    )


def seen(name: str, value: float, *, unit: str, command: str, limit: str = "") -> Record:
    """A figure without a goal, there to be compared with."""
    return Record(name=name, value=value, unit=unit, goal="", limit=limit, met=None, command=command)


def write_results(records: Iterable[Record], path: Path = RESULTS) -> None:
    """Write `records` with the machine and the versions they were measured with; figures of other benches are kept.

    Each record names its run: machine, day and versions, which stand once for all that share them.
    """
    runs, kept = _read(path)
    run = {"machine": machine(), "versions": versions()}
    for record in records:
        kept[record.name] = {**asdict(record), "run": _place(run, runs)}
    used = sorted({int(str(record["run"])) for record in kept.values()})
    again = [{**record, "run": used.index(int(str(record["run"])))} for record in kept.values()]
    table = {"runs": [runs[place] for place in used], "records": again}
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "vnni": "vnni" in Path("/proc/cpuinfo").read_text(encoding="utf-8"),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def versions() -> dict[str, str]:
    """Versions of the packages that the figures depend on."""
    return {name: metadata.version(name) for name in VERSIONS_OF}


def _processor() -> str:
    """Its name, and the numbers of its family and model: names alone do not tell generations apart."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    said = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in reversed(lines))}
    if "model name" not in said or "cpu family" not in said:
        return said.get("model name") or platform.processor()
    return f"{said['model name']} (family {said['cpu family']}, model {said['model']})"


def _place(run: dict[str, object], runs: list[dict[str, object]]) -> int:
    if run not in runs:
        runs.append(run)
    return runs.index(run)


def _read(path: Path) -> tuple[list[dict[str, object]], dict[str, dict[str, object]]]:
    if not path.exists():
        return [], {}
    table = json.loads(path.read_text(encoding="utf-8"))
    return table["runs"], {record["name"]: record for record in table["records"]}
