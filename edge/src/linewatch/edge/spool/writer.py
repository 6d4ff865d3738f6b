"""The one thread that writes to the spool: whatever is asked while it commits shares the next commit."""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from linewatch.edge.decide.event import Event, EventIdentity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.errors import EventTooLarge, SpoolError
from linewatch.edge.spool.age_clock import AgeClock
from linewatch.edge.spool.database import explain
from linewatch.edge.spool.gap_event import GAP_RESERVE_BYTES
from linewatch.edge.spool.group import Group, SequenceRange
from linewatch.edge.spool.held import count_held
from linewatch.edge.spool.ledger import Ledger
from linewatch.edge.spool.message import SpoolStats
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.protos import event_pb2

_log = structlog.get_logger(__name__)

_LOOK_SECONDS = 60.0


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

Follower = Callable[[bytes], None]
"""Takes the payload of a message that is kept."""


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
        self._held = count_held(connection)
        self._stats = SpoolStats(waiting_messages=self._held.messages, waiting_bytes=self._held.message_bytes)
        self._age = self._read_clock()
        self._listener: Callable[[], None] | None = None
        self._followers: tuple[Follower, ...] = ()
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

    def follow(self, follower: Follower) -> None:
        """Have `follower` called, in the writer's thread, with each event once it is kept."""
        self._followers = (*self._followers, follower)

    def close(self) -> None:
        """Do what was put, then end the thread. May be called twice."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _read_clock(self) -> AgeClock:
        at_s, wall_s = self._connection.execute("SELECT at_s, wall_s FROM clock").fetchone()
        return AgeClock(at_s=at_s, wall_s=time.time(), told_wall_s=wall_s, monotonic_s=time.monotonic())

    def _run(self) -> None:
        open_for_business = True
        while open_for_business:
            jobs, open_for_business = self._next_jobs()
            if jobs or self._settings.max_age_seconds:
                self._write(jobs)

    def _next_jobs(self) -> tuple[list[Job], bool]:
        jobs: list[Job] = []
        look_seconds = min(_LOOK_SECONDS, self._settings.max_age_seconds) or None
        try:
            job = self._jobs.get(timeout=look_seconds)
        except queue.Empty:
            return jobs, True
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
            _log.error("spool not written", path=str(self._path), messages=len(jobs), reason=str(fault))
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

    def _tell_followers(self, payload: bytes) -> None:
        for follower in self._followers:
            try:
                follower(payload)
            except Exception:  # noqa: BLE001 - somebody else's code must not end this thread
                _log.exception("spool follower failed")

    def _commit(self, jobs: list[Job]) -> tuple[list[Callable[[], None]], Group]:
        group = self._group()
        self._connection.execute("BEGIN IMMEDIATE")
        answers = [self._apply(job, group) for job in jobs]
        self._make_room(group)
        group.tell_gaps(site=self._site, time_unix_ns=time.time_ns())
        group.fit()
        if group.recorded:
            group.keep_ledger()
            group.keep_clock(time.time())
        self._connection.execute("COMMIT")
        return answers, group

    def _group(self) -> Group:
        return Group(
            self._connection,
            self._ledger,
            held=self._held,
            max_bytes=self._settings.max_bytes,
            now_s=self._age.now_s(time.monotonic()),
        )

    def _make_room(self, group: Group) -> None:
        if self._settings.max_age_seconds:
            group.evict_older_than(group.now_s - self._settings.max_age_seconds)
        group.fit()

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            _log.error("spool not rolled back", path=str(self._path), reason=str(error))

    def _settle(self, group: Group) -> None:
        """Take over what the committed group says."""
        before = self._stats
        self._ledger, self._held = group.ledger, group.held()
        self._stats = SpoolStats(
            recorded=before.recorded + group.recorded,
            acknowledged=before.acknowledged + group.acknowledged,
            evicted=before.evicted + len(group.evicted),
            transactions=before.transactions + 1,
            waiting_messages=self._held.messages,
            waiting_bytes=self._held.message_bytes,
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
        return self._record(job, group)

    def _record(self, job: Record, group: Group) -> Callable[[], None]:
        sequence = group.ledger.last_sequence + 1
        identity = EventIdentity(device=self._ledger.device, boot=self._ledger.boot, sequence=sequence)
        try:
            message = to_proto(job.event, identity, self._site)
            payload = self._encode(message)
        except (EventTooLarge, ValueError, TypeError) as error:
            fault = error
            return lambda: job.done.set_exception(fault)
        group.add(message, payload)

        def answer() -> None:
            job.done.set_result(identity)
            self._tell_followers(payload)

        return answer

    def _encode(self, message: event_pb2.Event) -> bytes:
        payload = message.SerializeToString(deterministic=True)
        # The message about what was given up, and copies of what is open, need room beside the largest event.
        largest = (self._settings.max_bytes - GAP_RESERVE_BYTES) * 7 // 8
        if len(payload) > largest:
            raise EventTooLarge(
                f"an event of {len(payload)} bytes does not fit into a spool of {self._settings.max_bytes}, which takes"
                f" up to {largest}; send smaller evidence or raise spool.max_bytes"
            )
        return payload
