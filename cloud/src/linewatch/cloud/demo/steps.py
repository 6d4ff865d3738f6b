"""The steps of the demo, each one of Linewatch's own commands, run as a person would run it."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from linewatch.cloud.demo.children import installed_command
from linewatch.cloud.errors import CloudError, Refused, WrongUse

_KINDS: dict[int, type[CloudError]] = {2: WrongUse, 3: Refused}


def linewatch(*arguments: str | Path, folder: Path) -> None:
    """Run a `linewatch` command in `folder`; its progress shows on standard error.

    Ctrl-C ends it without a word: it runs in a session of its own, so that one process tells of the interruption.

    Raises:
        CloudError: it failed; the command has said why. The class keeps its exit code.
    """
    command = [installed_command("linewatch"), *map(str, arguments)]
    nothing = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=nothing, stdout=nothing, cwd=folder, start_new_session=True) as process:
        try:
            code = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
    if code != 0:
        raise _KINDS.get(code, CloudError)(f"`{_spelled(arguments)}` ended with exit code {code}; see above")


def _spelled(arguments: Sequence[str | Path]) -> str:
    return " ".join(["linewatch", *map(str, arguments)])
