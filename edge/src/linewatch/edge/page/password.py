"""The password of the page, plain or hashed, and whether somebody knows it."""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass

from linewatch.edge.errors import ConfigurationError

LEAST_CHARACTERS = 8
_COST, _BLOCK, _LANES = 1 << 14, 8, 1
"""About 40 ms and 16 MB: dear for whoever tries a stolen hash, cheap for a small device."""
_KEY_BYTES = 32
_HASHED = re.compile(r"scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3}):([A-Za-z0-9+/=]{16,88}):([A-Za-z0-9+/=]{44})")
_MOST_MEMORY = 64 << 20


@dataclass(frozen=True, slots=True, repr=False)
class Password:
    """What is known of the password: a scrypt hash. Never printed."""

    cost: int
    block: int
    lanes: int
    salt: bytes
    key: bytes

    def matches(self, tried: str) -> bool:
        """Whether `tried` is it; takes the same time for every answer."""
        return hmac.compare_digest(_derive(tried, self.salt, self.cost, self.block, self.lanes), self.key)

    def text(self) -> str:
        """As it may stand in a file."""
        salt, key = b64encode(self.salt).decode(), b64encode(self.key).decode()
        return f"scrypt:{self.cost}:{self.block}:{self.lanes}:{salt}:{key}"


def hash_password(plain: str) -> Password:
    """Hash `plain` with a salt of its own.

    Raises:
        ConfigurationError: it is too short.
    """
    if len(plain) < LEAST_CHARACTERS:
        raise ConfigurationError(f"the password of the page is too short: take {LEAST_CHARACTERS} characters or more")
    salt = secrets.token_bytes(16)
    return Password(_COST, _BLOCK, _LANES, salt, _derive(plain, salt, _COST, _BLOCK, _LANES))


def parse_password(secret: str) -> Password:
    """Understand a secret that is hashed, or plain.

    Raises:
        ConfigurationError: it is too short, or a hash that was damaged.
    """
    if not secret.startswith("scrypt:"):
        return hash_password(secret)
    found = _HASHED.fullmatch(secret.strip())
    damaged = ConfigurationError(
        "the hash of the page's password is damaged: make another one with `linewatch-edge page password`"
    )
    if found is None:
        raise damaged
    cost, block, lanes = (int(number) for number in found.group(1, 2, 3))
    try:
        password = Password(cost, block, lanes, b64decode(found[4], validate=True), b64decode(found[5], validate=True))
        password.matches("")
    except ValueError as error:
        raise damaged from error
    return password


def _derive(plain: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    secret = plain.encode(errors="surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=cost, r=block, p=lanes, maxmem=_MOST_MEMORY, dklen=_KEY_BYTES)
