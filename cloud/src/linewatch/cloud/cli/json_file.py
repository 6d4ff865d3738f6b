"""The `--json FILE` of every command."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linewatch.cloud.errors import WrongUse


def check_json(path: Path | None) -> None:
    """Refuse now a file that could not be written after the work.

    Raises:
        WrongUse: its folder is missing, or it is a folder.
    """
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise WrongUse(f"--json {path} cannot be written: its folder must exist, and it must not be a folder itself")


def write_json(path: Path, result: Mapping[str, Any]) -> None:
    """Write `result` to `path`.

    Raises:
        WrongUse: the file cannot be written.
    """
    try:
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"--json {path} cannot be written: {error.strerror}") from error
