"""The one thread that writes to the spool: whatever is asked while it commits shares the next commit."""

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from linewatch.edge.decide.event import Event, EventIdentity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.errors import EventTooLarge, SpoolError
from linewatch.edge.spool.database import explain
from linewatch.edge.spool.group import Group, SequenceRange
from linewatch.edge.spool.ledger import Ledger
from linewatch.edge.spool.message import SpoolStats
from linewatch.edge.spool.settings import SpoolSettings

_log = structlog.get_logger(__name__)


@dataclass(kw_only=True, slots=True)
class Record:
    """Asks for an event to be kept."""

    event: Event
    done: "Future[EventIdentity]" = field(default_factory=Future)


@dataclass(kw_only=True, slots=True)
class Forget:
    """Asks for acknowledged messages to go."""

    boot: str
    ranges: Sequence[SequenceRange]
    done: "Future[int]" = field(default_factory=Future)


@dataclass(kw_only=True, slots=True)
class Abandon:
    """Asks for a message to go that will never be acknowledged."""

    boot: str
    sequence: int
    done: "Future[None]" = field(default_factory=Future)


Job = Record | Forget | Abandon


class SpoolWriter:
    """Owns the writing connection. Jobs are done in the order in which they were put."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, settings: SpoolSettings, *, site: str, ledger: Ledger
    ) -> None:
        self._connection = connection
        self._path = path
        self._settings = settings
        self._site = site
        self._ledger = ledger
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stats = self._first_stats()
        self._listener: Callable[[], None] | None = None
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="spool-writer", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Queue a job; its future is resolved after the commit that holds it.

        Raises:
            SpoolError: the spool is closed.
        """
        with self._gate:
            if self._closed:
                raise SpoolError(f"spool {self._path}: already closed; nothing more can be kept")
            self._jobs.put(job)

    def stats(self) -> SpoolStats:
        """Counts as of the last commit."""
        return self._stats

    def listen(self, listener: Callable[[], None] | None) -> None:
        """Have `listener` called, in the writer's thread, after each commit that added messages."""
        self._listener = listener

    def close(self) -> None:
        """Do what was put, then end the thread. May be called twice."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _first_stats(self) -> SpoolStats:
        count, size = self._connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM messages").fetchone()
        return SpoolStats(waiting_messages=count, waiting_bytes=size)

    def _run(self) -> None:
        open_for_business = True
        while open_for_business:
            jobs, open_for_business = self._next_jobs()
            if jobs:
                self._write(jobs)

    def _next_jobs(self) -> tuple[list[Job], bool]:
        jobs: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            if job.done.set_running_or_notify_cancel():
                jobs.append(job)
            if len(jobs) >= self._settings.group_limit or self._jobs.empty():
                return jobs, True
            job = self._jobs.get()
        return jobs, False

    def _write(self, jobs: list[Job]) -> None:
        # The supervision boundary of this thread: every caller gets an answer, whatever happens, and the thread lives.
        try:
            answers, group = self._commit(jobs)
        except Exception as error:  # noqa: BLE001
            self._roll_back()
            fault = explain(error, self._path) if isinstance(error, sqlite3.Error) else error
            for job in jobs:
                job.done.set_exception(fault)
            _log.error("spool not written", path=str(self._path), messages=len(jobs), error=str(fault))
            return
        self._settle(group)
        for answer in answers:
            answer()
        if group.recorded:
            self._tell_listener()

    def _tell_listener(self) -> None:
        listener = self._listener
        if listener is None:
            return
        try:
            listener()
        except Exception:  # noqa: BLE001 - somebody else's code must not end this thread
            _log.exception("spool listener failed")

    def _commit(self, jobs: list[Job]) -> tuple[list[Callable[[], None]], Group]:
        stats = self._stats
        group = Group(self._connection, self._ledger, stats.waiting_messages, stats.waiting_bytes)
        self._connection.execute("BEGIN IMMEDIATE")
        answers = [self._apply(job, group) for job in jobs]
        group.evict_down_to(self._settings.max_bytes)
        group.keep_ledger()
        self._connection.execute("COMMIT")
        return answers, group

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            _log.error("spool not rolled back", path=str(self._path), error=str(error))

    def _settle(self, group: Group) -> None:
        """Take over what the committed group says."""
        before = self._stats
        self._ledger = group.ledger
        self._stats = SpoolStats(
            recorded=before.recorded + group.recorded,
            acknowledged=before.acknowledged + group.acknowledged,
            evicted=before.evicted + len(group.evicted),
            transactions=before.transactions + 1,
            waiting_messages=group.waiting_messages,
            waiting_bytes=group.waiting_bytes,
        )
        if group.evicted:
            boot, sequence = group.evicted[-1]
            _log.warning("messages given up", messages=len(group.evicted), last_boot=boot, last_sequence=sequence)

    def _apply(self, job: Job, group: Group) -> Callable[[], None]:
        """Do one job inside the open transaction; what comes back answers its caller after the commit."""
        if isinstance(job, Forget):
            gone, forget = group.forget(job.boot, job.ranges), job
            return lambda: forget.done.set_result(gone)
        if isinstance(job, Abandon):
            group.abandon(job.boot, job.sequence)
            abandon = job
            return lambda: abandon.done.set_result(None)
        record = job
        identity = EventIdentity(
            device=self._ledger.device, boot=self._ledger.boot, sequence=group.ledger.last_sequence + 1
        )
        try:
            payload = self._encode(job.event, identity)
        except (EventTooLarge, ValueError, TypeError) as error:
            fault = error
            return lambda: record.done.set_exception(fault)
        group.add(job.event.event_id, job.event.phase, payload)
        return lambda: record.done.set_result(identity)

    def _encode(self, event: Event, identity: EventIdentity) -> bytes:
        payload = to_proto(event, identity, self._site).SerializeToString(deterministic=True)
        if len(payload) > self._settings.max_bytes:
            raise EventTooLarge(
                f"an event of {len(payload)} bytes does not fit into a spool of {self._settings.max_bytes};"
                " send smaller evidence or raise spool.max_bytes"
            )
        return payload
