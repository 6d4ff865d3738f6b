"""Results for machines."""

import json
from collections.abc import Mapping
from pathlib import Path

from linewatch.edge.errors import WrongUse


def check_json(path: Path | None) -> None:
    """See before long work that a result can be written to `path` after it.

    Raises:
        WrongUse: its folder is not there, or `path` is a folder.
    """
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise WrongUse(f"cannot write {path}: name a file in a folder that exists")


def write_json(path: Path, result: Mapping[str, object]) -> None:
    """Write `result` to `path` as one JSON object.

    Raises:
        WrongUse: the file cannot be written.
    """
    try:
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"cannot write {path}: {error.strerror}") from error
