"""Passwords: never in the configuration, but in a file or in the environment that it names."""

import os
from pathlib import Path

from linewatch.edge.errors import ConfigurationError


def read_secret(table: str, file: Path | None, variable: str) -> str | None:
    """The password that `password_file` or `password_env` of `table` points to; None when neither does.

    Raises:
        ConfigurationError: the file cannot be read or is empty, or the variable is not set or empty.
    """
    if variable:
        return _from_environment(table, variable)
    return None if file is None else _from_file(table, file)


def _from_environment(table: str, variable: str) -> str:
    value = os.environ.get(variable)
    if value is None:
        raise ConfigurationError(f"{table}.password_env names {variable}, which is not set")
    if not value:
        raise ConfigurationError(f"{table}.password_env names {variable}, which is empty")
    return value


def _from_file(table: str, file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {table}.password_file {file}: {error}") from error
    if not lines or not lines[0]:
        raise ConfigurationError(f"{table}.password_file {file} is empty; its first line is the password")
    return lines[0]
