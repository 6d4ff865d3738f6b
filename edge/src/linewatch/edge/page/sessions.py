"""Who is logged in. Pure."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

_MOST_SESSIONS = 64


@dataclass(frozen=True, slots=True)
class Session:
    """One browser. `form_token` goes into every form and comes back with it; `number` names it to ourselves."""

    number: int
    ends_s: float
    form_token: str = field(repr=False)

    def wrote(self, form_token: str) -> bool:
        """Whether a form is one of ours for this browser."""
        return hmac.compare_digest(self.form_token.encode(), form_token.encode(errors="replace"))


class Sessions:
    """Sessions by the hash of their token: the time that a look-up takes says nothing of a token."""

    def __init__(self, seconds: float) -> None:
        """A session lasts `seconds`."""
        self._seconds = seconds
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._opened = 0

    def open(self, clock_s: float) -> str:
        """A new session's token; the oldest session gives way when there are too many."""
        token = secrets.token_urlsafe(32)
        self._opened += 1
        self._sessions[_hash(token)] = Session(self._opened, clock_s + self._seconds, secrets.token_urlsafe(32))
        while len(self._sessions) > _MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return token

    def find(self, token: str, clock_s: float) -> Session | None:
        """The session of `token`, if it goes on."""
        session = self._sessions.get(_hash(token))
        if session is not None and session.ends_s <= clock_s:
            self.close(token)
            return None
        return session

    def close(self, token: str) -> None:
        """Log out."""
        self._sessions.pop(_hash(token), None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
