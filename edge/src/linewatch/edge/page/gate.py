"""Lets people in who know the password, and out again."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from urllib.parse import urlsplit

from structlog.typing import FilteringBoundLogger

from linewatch.edge.page.password import Password
from linewatch.edge.page.sessions import Session, Sessions
from linewatch.edge.page.tries import Tries
from linewatch.edge.web.exchange import Answer, Request, see_other

_SAME_SITE = frozenset({"same-origin", "none"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Turned:
    """Why somebody did not get in."""

    status: HTTPStatus
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


class Gate:
    """Sessions, tries and the password. Safe from any thread."""

    def __init__(
        self,
        password: Password,
        *,
        session_s: float,
        secure: bool,
        log: FilteringBoundLogger,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask for `password`; `secure` says that the page speaks HTTPS, and cookies go nowhere else."""
        self._password = password
        self._sessions = Sessions(session_s)
        self._session_s = session_s
        self._secure = secure
        self._tries = Tries()
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._trying = threading.Lock()
        self._cookie = "__Host-linewatch" if secure else "linewatch"

    def session(self, request: Request) -> Session | None:
        """Whose request it is, if somebody's."""
        with self._lock:
            return self._sessions.find(request.cookie(self._cookie), self._clock())

    def log_in(self, request: Request) -> Answer | Turned:
        """Take the password of a form."""
        if not came_from_us(request.headers):
            return Turned(status=HTTPStatus.FORBIDDEN, reason="this form came from another page: open it here again")
        # One at a time: it takes memory, and the time of a processor; and each one that failed counts for the next.
        with self._trying:
            turned = self._try(request)
        if turned is not None:
            return turned
        with self._lock:
            self._sessions.close(request.cookie(self._cookie))
            token = self._sessions.open(self._clock())
        self._log.info("logged in", address=request.address)
        return see_other("/", ("Set-Cookie", self._set_cookie(token, round(self._session_s))))

    def log_out(self, request: Request) -> Answer:
        """Forget the session."""
        with self._lock:
            self._sessions.close(request.cookie(self._cookie))
        return see_other("/login", ("Set-Cookie", self._set_cookie("", 0)))

    def _try(self, request: Request) -> Turned | None:
        """Whether the password of a form is turned away."""
        address = request.address
        pause_s = self._tries.pause_s(address, self._clock())
        if pause_s > 0:
            wait_s = ceil(pause_s)
            reason = f"too many tries: wait {wait_s} s, then try again"
            return Turned(status=HTTPStatus.TOO_MANY_REQUESTS, reason=reason, headers=(("Retry-After", str(wait_s)),))
        if self._password.matches(request.form.get("password", "")):
            self._tries.succeeded(address)
            return None
        self._tries.failed(address, self._clock())
        self._log.warning("log-in failed", address=address, reason="wrong password")
        return Turned(status=HTTPStatus.UNAUTHORIZED, reason="that is not the password")

    def _set_cookie(self, token: str, seconds: int) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self._cookie}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"


def came_from_us(headers: Mapping[str, str]) -> bool:
    """Whether a form was sent by a page of ours, as far as the browser says so."""
    if headers.get("sec-fetch-site", "none") not in _SAME_SITE:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
