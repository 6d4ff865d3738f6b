"""Reads requests and writes answers."""

import socket
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase, BufferedReader
from typing import Protocol, cast
from urllib.parse import parse_qsl, unquote

import structlog

from linewatch.edge.errors import EdgeError
from linewatch.edge.web.connections import Connections
from linewatch.edge.web.exchange import Answer, Request, Respond, told

_log = structlog.get_logger(__name__)

_LARGEST_HEAD = 32_768
_LARGEST_FORM = 8192
_MOST_FIELDS = 32
_FORM = "application/x-www-form-urlencoded"
_SAFETY = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


class _Head:
    """The lines of a head. The base class bounds each line and their number, which would let megabytes through."""

    def __init__(self, file: BufferedIOBase, most: int) -> None:
        self._file = file
        self._left = most

    def readline(self, limit: int = -1) -> bytes:
        """The next one.

        Raises:
            LineTooLong: there is too much of them.
        """
        line = self._file.readline(min(limit, self._left + 1) if limit >= 0 else self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise LineTooLong("head")
        return line


class _Host(Protocol):
    """The server, as far as connections need it."""

    connections: Connections
    respond: Respond


class Handler(BaseHTTPRequestHandler):
    """One connection: requests, one after the other, until either side has enough."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version, sys_version = "linewatch-edge", ""

    def handle(self) -> None:
        """Exchange TLS's greetings first, where it is spoken."""
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.do_handshake()
        super().handle()

    def handle_one_request(self) -> None:
        """Read one, and answer it."""
        self._renew()
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Read the head, of which there may be so much."""
        whole = self.rfile
        self.rfile = cast(BufferedReader, _Head(whole, _LARGEST_HEAD))
        try:
            return super().parse_request()
        finally:
            self.rfile = whole
            self._renew()  # the answer shall not lack the time that went by before anything was asked

    def do_GET(self) -> None:
        """Answer with the content."""
        if self._body_length() != 0:
            self._refuse(HTTPStatus.BAD_REQUEST, "a GET has no body")
            return
        self._respond("GET", {})

    def do_HEAD(self) -> None:
        """As GET, without the content."""
        self.do_GET()

    def do_POST(self) -> None:
        """Take a form."""
        length = self._body_length()
        if length is None:
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "say how long the form is")
        elif length > _LARGEST_FORM:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the form is too long")
        elif self.headers.get_content_type() != _FORM:
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send a form as {_FORM}")
        elif len(form := self.rfile.read(length)) < length:
            self._refuse(HTTPStatus.BAD_REQUEST, "the form ends too early")  # half of it may say something else
        else:
            self._respond("POST", _fields(form.decode(errors="replace")))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse what the base class does not understand, without a word of what was sent."""
        status = HTTPStatus(code)
        self._refuse(status, status.phrase.lower())

    @property
    def _web(self) -> _Host:
        return cast(_Host, self.server)

    def _renew(self) -> None:
        self._web.connections.renew(cast(socket.socket, self.connection))

    def _body_length(self) -> int | None:
        """Bytes of the body; None where it is not said, or said twice."""
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or len(lengths) > 1:
            return None
        length = lengths[0] if lengths else "0"
        return int(length) if length.isascii() and length.isdecimal() and len(length) < 10 else None

    def _respond(self, method: str, form: Mapping[str, str]) -> None:
        path, _, query = self.path.partition("?")
        request = Request(
            method=method,
            path=unquote(path),
            query=_fields(query),
            form=form,
            headers={name.lower(): value for name, value in self.headers.items()},
            address=str(self.client_address[0]),
        )
        # Supervision boundary: a page that cannot be made costs this request alone.
        try:
            answer = self._web.respond(request)
        except EdgeError as error:
            answer = told(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        except Exception as error:  # noqa: BLE001
            _log.error("page failed", path=request.path, exc_info=error)
            answer = told(HTTPStatus.INTERNAL_SERVER_ERROR, "this is a fault of the agent; its log says more")
        self._write(answer)

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        self.close_connection = True  # what follows may be a body that nobody reads
        self._write(told(status, text))

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.content:
            self.send_header("Content-Type", answer.kind)
        if answer.status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.content)))
        for name, value in {**_SAFETY, **dict(answer.headers)}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """The agent's log is about cameras; and addresses may hold what is nobody's business."""


def _fields(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}
