"""Serves what the device says of itself to whoever asks nearby: a page for people, JSON and metrics for programs."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeAlias

from linewatch.edge.web.exchange import Answer, Request, Respond, told

Page: TypeAlias = tuple[str, Callable[[], bytes]]
"""Content type, and what makes the content."""


_STYLED = (("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),)
"""The status page is one piece, its style in it."""


def serve_pages(pages: Mapping[str, Page]) -> Respond:
    """Answers with `pages` by their path. Reads alone: nothing can be changed through them."""

    def respond(request: Request) -> Answer:
        if request.method != "GET":
            return told(HTTPStatus.METHOD_NOT_ALLOWED, "this can only be read")
        page = pages.get(request.path)
        if page is None:
            return told(HTTPStatus.NOT_FOUND, "there is no such page")
        kind, make = page
        return Answer(content=make(), kind=kind, headers=_STYLED)

    return respond


def as_json(value: object) -> bytes:
    """For a page of JSON."""
    return json.dumps(value, indent=1).encode() + b"\n"
