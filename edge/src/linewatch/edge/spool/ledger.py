"""What a boot ever said, in two numbers: how many messages, and a hash chain over them. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

GENESIS = bytes(32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """The truth about one boot, kept after its messages left.

    `chain` starts as 32 zero bytes; each message makes it SHA-256(chain + SHA-256(payload)).
    """

    device: str
    boot: str
    last_sequence: int = 0
    chain: bytes = GENESIS

    def advanced(self, digest: bytes) -> "Ledger":
        """This ledger after one more message, whose payload has the SHA-256 `digest`."""
        chain = hashlib.sha256(self.chain + digest).digest()
        return replace(self, last_sequence=self.last_sequence + 1, chain=chain)

    def passed_over(self) -> "Ledger":
        """This ledger after a number that no message got; the chain goes on without it."""
        return replace(self, last_sequence=self.last_sequence + 1)


def payload_digest(payload: bytes) -> bytes:
    """What the chain links: the SHA-256 of the payload."""
    return hashlib.sha256(payload).digest()


def chain_over(digests: Iterable[bytes]) -> bytes:
    """The chain of messages whose payload digests are given in the order of their sequence."""
    chain = GENESIS
    for digest in digests:
        chain = hashlib.sha256(chain + digest).digest()
    return chain
