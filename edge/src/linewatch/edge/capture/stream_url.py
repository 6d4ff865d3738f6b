"""Passwords in the URLs of cameras: put in, looked for, and left out of what people are shown. Pure."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

_PASSWORD = re.compile(r"((?<![a-z])(?:user)?(?:pass(?:word|wd)?|pwd|psw)=)(?:(?!_[a-z]+=)[^&;/?])*", re.IGNORECASE)
"""As an option, in the path too: some cameras want `/user=admin_password=secret_channel=1`."""


def with_password(url: str, username: str, password: str) -> str:
    """The URL with both before its host."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{quote(username, safe='')}:{quote(password, safe='')}@{parts.netloc}"))


def holds_password(url: str) -> bool:
    """Whether it says a password, before the host or as an option."""
    parts = urlsplit(url)
    return bool(parts.password) or _PASSWORD.search(f"{parts.path}?{parts.query}") is not None


def without_password(url: str) -> str:
    """What may be shown: neither who is before the host, nor what options are."""
    parts = urlsplit(url)
    _, known, host = parts.netloc.rpartition("@")
    path = _PASSWORD.sub(r"\1***", parts.path)
    options = re.sub(r"=[^&;]*", "=***", parts.query)
    return urlunsplit(parts._replace(netloc=f"***@{host}" if known else host, path=path, query=options))
