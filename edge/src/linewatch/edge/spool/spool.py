"""The spool as the agent uses it."""

import sqlite3
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Self

import structlog
from google.protobuf.message import DecodeError

from linewatch.edge.decide.event import Event, EventIdentity
from linewatch.edge.decide.proto import from_proto
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.spool.database import explain, open_database, open_reader
from linewatch.edge.spool.group import SequenceRange
from linewatch.edge.spool.job import Abandon, Forget, PassOver, Record
from linewatch.edge.spool.ledger import Ledger
from linewatch.edge.spool.lock import lock_spool
from linewatch.edge.spool.message import SpooledMessage, SpoolStats
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.writer import SpoolWriter
from linewatch.protos import event_pb2
from linewatch.protos.topics import TopicError, check_name

_log = structlog.get_logger(__name__)

_INTERRUPTED = "SELECT event_id, payload FROM open_events WHERE boot <> ? ORDER BY rowid"
_NEWEST = "SELECT payload FROM messages WHERE size <= ? ORDER BY position DESC LIMIT ?"
_PENDING = "SELECT position, boot, sequence, payload FROM messages WHERE position > ? ORDER BY position LIMIT ?"


class Spool:
    """A durable queue of events in one SQLite file. Every method may be called from any thread.

    Each opening is a new boot: a random name under which sequence numbers start at 1.
    """

    def __init__(self, path: Path, settings: SpoolSettings, *, site: str, device: str) -> None:
        """Open `path`, made if absent.

        Raises:
            SpoolError: the file is in use, damaged, or on a full or read-only disk; the text says what to do.
            ConfigurationError: `site` or `device` cannot stand in a topic.
        """
        try:
            check_name(site, "site")
            check_name(device, "device")
        except TopicError as error:
            raise ConfigurationError(str(error)) from error
        self.site = site
        self.device = device
        self.boot = uuid.uuid4().hex
        self._path = path
        self._lock = lock_spool(path)
        try:
            self._start(settings)
        except BaseException:
            self._lock.close()
            raise

    def _start(self, settings: SpoolSettings) -> None:
        path, ledger = self._path, Ledger(device=self.device, boot=self.boot)
        self._reading = threading.Lock()
        with ExitStack() as undo:
            self._connection = undo.enter_context(closing(open_database(path, settings.busy_timeout_seconds)))
            self._reader = undo.enter_context(closing(open_reader(path)))
            try:
                self._writer = SpoolWriter(self._connection, path, settings, site=self.site, ledger=ledger)
            except (sqlite3.Error, OSError) as error:
                raise explain(error, path) from error
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, event: Event) -> "Future[EventIdentity]":
        """Ask for `event` to be kept; the future is done once it would survive a power cut.

        Callers at the same time share one commit. The future's error is a `SpoolError`, or a `ValueError` for an
        event that the wire format cannot carry.

        Raises:
            SpoolError: the spool is closed.
        """
        job = Record(event=event)
        self._writer.put(job)
        return job.done

    def record(self, event: Event) -> EventIdentity:
        """Keep `event`: when this returns it survives a power cut.

        Raises:
            SpoolError: it could not be kept.
            ValueError: the wire format cannot carry the event.
        """
        return self.submit(event).result()

    def forget(self, boot: str, ranges: Sequence[SequenceRange]) -> int:
        """Remove what the cloud has committed; returns how many messages were still here.

        Raises:
            SpoolError: they could not be removed; they stay.
        """
        return self.submit_forget(boot, ranges).result()

    def submit_forget(self, boot: str, ranges: Sequence[SequenceRange]) -> "Future[int]":
        """Ask for what the cloud has committed to go; the future is as what `forget` does.

        Raises:
            SpoolError: the spool is closed.
        """
        job = Forget(boot=boot, ranges=ranges)
        self._writer.put(job)
        return job.done

    def pending(self, *, after: int = 0, limit: int = 64) -> list[SpooledMessage]:
        """The oldest messages whose position is beyond `after`, in order.

        Raises:
            SpoolError: the database cannot be read.
        """
        rows = self._read(_PENDING, (after, limit))
        return [SpooledMessage(position=row[0], boot=row[1], sequence=row[2], payload=row[3]) for row in rows]

    def newest(self, limit: int, largest_bytes: int = 1 << 18) -> list[Event]:
        """Of the messages that wait and are not larger than `largest_bytes`, the newest `limit`, the oldest first.

        Raises:
            SpoolError: the database cannot be read.
        """
        found: list[Event] = []
        for (payload,) in reversed(self._read(_NEWEST, (largest_bytes, limit))):
            try:
                found.append(from_proto(event_pb2.Event.FromString(payload))[0])
            except (DecodeError, ValueError) as error:
                _log.error("message is damaged", path=str(self._path), reason=str(error))
        return found

    def interrupted(self) -> list[Event]:
        """Events that an earlier boot reported and never closed, because it was killed; as it reported them last.

        Raises:
            SpoolError: the database cannot be read.
        """
        found: list[Event] = []
        for event_id, payload in self._read(_INTERRUPTED, (self.boot,)):
            try:
                found.append(from_proto(event_pb2.Event.FromString(payload))[0])
            except (DecodeError, ValueError) as error:
                _log.error("open event is damaged", path=str(self._path), event_id=event_id, reason=str(error))
        return found

    def abandon(self, message: SpooledMessage) -> None:
        """Give up a message that can never be sent; a gap stays in its place.

        Raises:
            SpoolError: it could not be removed; it stays.
        """
        job = Abandon(boot=message.boot, sequence=message.sequence)
        self._writer.put(job)
        job.done.result()

    def pass_over(self, messages: int) -> None:
        """Tell the cloud that so many messages were given up before they could be kept, as a gap of this boot.

        Raises:
            SpoolError: this could not be kept either.
        """
        job = PassOver(messages=messages)
        self._writer.put(job)
        job.done.result()

    def stats(self) -> SpoolStats:
        """Counts as of the last commit."""
        return self._writer.stats()

    def listen(self, listener: Callable[[], None] | None) -> None:
        """Have `listener` called after each commit that added messages (one listener; it must be quick)."""
        self._writer.listen(listener)

    def follow(self, follower: Callable[[bytes], None]) -> None:
        """Have `follower` called with the payload of each event that is kept from now on (it must be quick)."""
        self._writer.follow(follower)

    def close(self) -> None:
        """Keep what was submitted, then let go of the file. May be called twice."""
        self._writer.close()
        with self._reading:
            self._reader.close()
        self._connection.close()
        self._lock.close()

    def _read(self, query: str, values: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                return self._reader.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
