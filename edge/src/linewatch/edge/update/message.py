"""What the agent and its update process say to each other: one JSON object a line."""

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum

from linewatch.edge import errors
from linewatch.edge.errors import EdgeError, UpdateInterrupted


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What to look for, and how. Paths are absolute; `serving` is the digest that serves, empty when none does."""

    registry: str
    trusted_root: str
    state: str
    site: str
    bundle: str
    serving: str
    minimum_bytes_per_second: int
    stall_seconds: float
    keep_free_bytes: int
    held_back: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Write it."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Request":
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "held_back": tuple(fields["held_back"])})


class Told(StrEnum):
    """What the update process tells; the last one is CURRENT, HELD_BACK, WHOLE or FAILED."""

    CURRENT = "current"
    HELD_BACK = "held_back"
    FOUND = "found"
    PROGRESS = "progress"
    FETCHED = "fetched"
    WHOLE = "whole"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One line of the update process.

    Attributes:
        digest, name, release: of the bundle it speaks of.
        done_bytes, total_bytes: of the download.
        error, text: class and message of an error.
    """

    told: Told
    digest: str = ""
    name: str = ""
    release: int = 0
    done_bytes: int = 0
    total_bytes: int = 0
    error: str = ""
    text: str = ""

    def to_json(self) -> str:
        """Write it."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Message":
        """Read what `to_json` wrote.

        Raises:
            ValueError, TypeError, KeyError: it did not write this.
        """
        fields = json.loads(text)
        return cls(**{**fields, "told": Told(fields["told"])})

    def to_error(self) -> EdgeError:
        """The error that the process ended with."""
        kind = getattr(errors, self.error, None)
        if isinstance(kind, type) and issubclass(kind, EdgeError):
            return kind(self.text)
        return UpdateInterrupted(f"the update process failed with {self.error}: {self.text}")


def failure(error: EdgeError) -> Message:
    """The line that carries `error`."""
    return Message(told=Told.FAILED, error=type(error).__name__, text=str(error))
