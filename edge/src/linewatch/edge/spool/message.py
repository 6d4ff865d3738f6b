"""What the spool hands out."""

from dataclasses import dataclass

from linewatch.edge.spool.gap_event import Gap
from linewatch.edge.spool.ledger import Ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class SpooledMessage:
    """One message that waits for the cloud's acknowledgement.

    `position` orders messages over all boots; `payload` is a serialized `linewatch.v1.Event`.
    """

    position: int
    boot: str
    sequence: int
    payload: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class SpoolStats:
    """Counts since the spool was opened; `waiting_*` is what it holds now.

    `trouble` says what is wrong with its disk now, for people; empty while all is well. `disk_full`: there is no more
    room on it; `failing`: the last write failed.
    """

    recorded: int = 0
    acknowledged: int = 0
    evicted: int = 0
    transactions: int = 0
    waiting_messages: int = 0
    waiting_bytes: int = 0
    trouble: str = ""
    disk_full: bool = False
    failing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SpoolReport:
    """Everything a comparison with the cloud needs. `gaps` are those of which the cloud has not confirmed to know."""

    ledgers: tuple[Ledger, ...]
    gaps: tuple[Gap, ...]
    waiting: tuple[tuple[str, int], ...]
