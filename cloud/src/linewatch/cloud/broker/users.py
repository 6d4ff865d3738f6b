"""Who may connect to the embedded broker."""

import hmac
import stat
from collections.abc import Mapping
from pathlib import Path

from linewatch.cloud.errors import ConfigurationError


def read_users(path: Path) -> dict[str, str]:
    """Names and passwords from lines `name:password`; empty lines and lines that begin with `#` are skipped.

    Raises:
        ConfigurationError: it cannot be read, others than its owner can read it, or a line is malformed.
    """
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read broker.users_file {path}: {error}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            f"broker.users_file {path} holds passwords and others can read it; run: chmod 600 {path}"
        )
    users: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, password = line.partition(":")
        if not colon or not name or not password:
            raise ConfigurationError(f"{path}, line {number}: write name:password")
        if name in users:
            raise ConfigurationError(f"{path}, line {number}: {name!r} stands there twice")
        users[name] = password
    if not users:
        raise ConfigurationError(f"broker.users_file {path} names nobody; write lines name:password")
    return users


def may_enter(users: Mapping[str, str], name: str | None, password: str | None) -> bool:
    """Whether `name` has this password; the time it takes says nothing about how much of it was right."""
    expected = users.get(name or "", "")
    right = hmac.compare_digest(expected.encode(), (password or "").encode())
    return right and bool(expected)
