"""Light-install gate: the edge alone, in an empty environment, small and without torch.

Builds wheels of protos and edge, installs them into a fresh temporary environment, imports every module with warnings
as errors, looks for packages that only the cloud may have, runs ``linewatch-edge --help`` and weighs what is installed.
Needs the standard library and pip; exits with 0 when all is well, with 1 and the reason when it is not.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DISTRIBUTIONS = ("protos", "edge")
PACKAGES = ("linewatch.protos", "linewatch.edge")
FORBIDDEN = ("torch", "onnx", "sqlalchemy", "linewatch.cloud", "linewatch.compiler")
LIMIT_BYTES = 420_000_000
LARGEST = 12
STEP_SECONDS = 600

IMPORT_ALL = """
import importlib, json, pkgutil, sys
names = []
def broken(name):
    raise ImportError(f"cannot import {name}") from sys.exc_info()[1]
for package in sys.argv[1].split(","):
    names.append(package)
    importlib.import_module(package)
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + ".", broken):
        if not module.name.endswith(".__main__"):
            names.append(module.name)
            try:
                importlib.import_module(module.name)
            except BaseException as error:
                raise ImportError(f"importing {module.name} failed") from error
print(json.dumps(names))
"""

FIND_FORBIDDEN = """
import importlib.util, json, sys
def present(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
print(json.dumps([name for name in sys.argv[1].split(",") if present(name)]))
"""

WEIGH = """
import collections, importlib.metadata, json, pathlib, sysconfig
site = pathlib.Path(sysconfig.get_path("platlib")).resolve()
sizes = collections.Counter()
sizes["(in no package's record)"] = sum(
    path.lstat().st_size for path in site.rglob("*") if path.is_symlink() or path.is_file())
for distribution in importlib.metadata.distributions(path=[str(site)]):
    for file in distribution.files or ():
        path = pathlib.Path(distribution.locate_file(file)).resolve()
        if path.is_relative_to(site) and path.exists():
            sizes[distribution.name] += path.lstat().st_size
            sizes["(in no package's record)"] -= path.lstat().st_size
print(json.dumps(sizes))
"""


class GateError(Exception):
    """The gate is shut; the text says why."""


def main() -> int:
    """Run the gate; return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="linewatch-light-install-") as folder:
            check(Path(folder))
    except GateError as failure:
        sys.stderr.write(f"light install: FAILED: {failure}\n")
        return 1
    say(f"passed in {time.monotonic() - started:.0f} s")
    return 0


def check(folder: Path) -> None:
    """Run every check in `folder`; raise GateError at the first that fails."""
    python = install(folder / "environment", build_wheels(folder / "wheels"))
    check_forbidden(python)
    check_imports(python)
    check_command(python)
    check_size(python)


def build_wheels(folder: Path) -> list[Path]:
    """Wheels of the distributions alone, made with the build tools at hand or, where there are none, with pip's."""
    say(f"building wheels of {' and '.join(DISTRIBUTIONS)}")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    sources = [str(ROOT / name) for name in DISTRIBUTIONS]
    step("building wheels", *pip(), "wheel", "-q", "--no-deps", *isolation, "-w", str(folder), *sources)
    return sorted(folder.glob("*.whl"))


def install(environment: Path, wheels: list[Path]) -> Path:
    """Install `wheels` and what they need into a new environment; return its interpreter."""
    say("installing them into an empty environment")
    step("making an environment", sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    pins = ["-c", str(constraints)] if constraints.exists() else []
    step("installing", *pip(), "--python", str(python), "install", "-q", *pins, *map(str, wheels))
    return python


def check_forbidden(python: Path) -> None:
    """No package that only the cloud may need came along."""
    found = json.loads(step("looking for heavy packages", *isolated(python, FIND_FORBIDDEN), ",".join(FORBIDDEN)))
    if found:
        raise GateError(f"an edge install can import {', '.join(found)}: drop what requires it in edge/pyproject.toml")


def check_imports(python: Path) -> None:
    """Every module imports, silently."""
    names = json.loads(step("importing every module", *isolated(python, IMPORT_ALL), ",".join(PACKAGES)))
    say(f"{len(names)} modules import without a warning")


def check_command(python: Path) -> None:
    """The installed command shows its help."""
    text = step("linewatch-edge --help", str(python.with_name("linewatch-edge")), "--help")
    if "Usage" not in text:
        raise GateError(f"linewatch-edge --help shows no usage:\n{text}")
    say("linewatch-edge --help works")


def check_size(python: Path) -> None:
    """What is installed stays under the limit."""
    sizes: dict[str, int] = json.loads(step("weighing", *isolated(python, WEIGH)))
    total = sum(sizes.values())
    say(f"installed size {amount(total)}, limit {amount(LIMIT_BYTES)}")
    if total > LIMIT_BYTES:
        raise GateError(f"{amount(total)} installed, more than {amount(LIMIT_BYTES)}; largest:\n{table(sizes)}")


def table(sizes: dict[str, int]) -> str:
    """The largest packages, one a line."""
    ranked = sorted(sizes.items(), key=lambda item: -item[1])[:LARGEST]
    return "\n".join(f"  {size / 1e6:8.1f} MB  {name}" for name, size in ranked)


def amount(size: int) -> str:
    """`size` bytes as MB and MiB."""
    return f"{size / 1e6:.1f} MB ({size / 2**20:.1f} MiB)"


def pip() -> list[str]:
    """This interpreter's pip."""
    return [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def isolated(python: Path, script: str) -> list[str]:
    """Run `script` with `python`, untouched by the surroundings, warnings as errors."""
    return [str(python), "-I", "-W", "error", "-c", script]


def step(what: str, *command: str) -> str:
    """Run one command outside the repository and return its standard output; GateError carries its errors."""
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=STEP_SECONDS, cwd=tempfile.gettempdir(), env=surroundings
        )
    except subprocess.TimeoutExpired as expired:
        raise GateError(f"{what} took more than {STEP_SECONDS} s") from expired
    if done.returncode != 0:
        raise GateError(f"{what} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def say(text: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(f"light install: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
