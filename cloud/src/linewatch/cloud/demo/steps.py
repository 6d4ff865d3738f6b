"""The steps of the demo, each one of Linewatch's own commands, run as a person would run it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from linewatch.cloud.demo.children import installed_command
from linewatch.cloud.errors import CloudError, Refused, WrongUse

_KINDS: dict[int, type[CloudError]] = {2: WrongUse, 3: Refused}


def linewatch(*arguments: str | Path) -> None:
    """Run a `linewatch` command; its progress shows on standard error.

    Raises:
        CloudError: it failed; the command has said why. The class keeps its exit code.
    """
    command = [installed_command("linewatch"), *map(str, arguments)]
    code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode
    if code == -2 or code == 130:
        raise KeyboardInterrupt
    if code != 0:
        raise _KINDS.get(code, CloudError)(f"`{_spelled(arguments)}` ended with exit code {code}; see above")


def _spelled(arguments: Sequence[str | Path]) -> str:
    return " ".join(["linewatch", *map(str, arguments)])
