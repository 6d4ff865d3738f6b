"""What is asked, and what is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request that was read to its end.

    Attributes:
        method: GET, also where HEAD was asked, or POST.
        path: decoded, without the query.
        query, form: fields; of each name the last one.
        headers: by name in small letters.
        address: IP address of the other end.
    """

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    address: str

    def cookie(self, name: str) -> str:
        """The cookie `name`; empty when there is none."""
        # Not by http.cookies: one cookie that it cannot read, of another server at this host, hides those behind it.
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return next((value for known, _, value in pairs if known == name), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What goes back. `headers` come beside those of every page about its content and safety, or in their place."""

    content: bytes = b""
    kind: str = TEXT
    status: HTTPStatus = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()


Respond: TypeAlias = Callable[[Request], Answer]
"""Answers one request; called from many threads."""


def told(status: HTTPStatus, text: str) -> Answer:
    """An answer of one sentence."""
    return Answer(content=f"{text}\n".encode(), status=status)


def see_other(place: str, *headers: tuple[str, str]) -> Answer:
    """Go on at `place`."""
    return Answer(status=HTTPStatus.SEE_OTHER, headers=(("Location", place), *headers))
