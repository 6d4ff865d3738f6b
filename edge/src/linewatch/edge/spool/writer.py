"""The one thread that writes to the spool: whatever is asked while it commits shares the next commit.

On a full disk each job has a commit of its own, and what is worth less gives way to it.
"""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import structlog

from linewatch.edge.complaint import Complaint
from linewatch.edge.decide.event import EventIdentity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.errors import EventTooLarge, SpoolError
from linewatch.edge.spool.age_clock import AgeClock
from linewatch.edge.spool.database import explain
from linewatch.edge.spool.gap_event import GAP_RESERVE_BYTES
from linewatch.edge.spool.group import Group
from linewatch.edge.spool.held import count_held
from linewatch.edge.spool.job import Abandon, Forget, Job, PassOver, Record, room_for, shows_something
from linewatch.edge.spool.ledger import Ledger
from linewatch.edge.spool.message import SpoolStats
from linewatch.edge.spool.room import Room
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.protos import event_pb2

_log = structlog.get_logger(__name__)

_LOOK_SECONDS = 60.0
_LOOK_FOR_ROOM_SECONDS = 2.0
_FULL = "the disk is full: what is worth least gives way to what is new; make room, the agent goes on by itself"


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
        self._room = Room(connection, path)
        self._complaint = Complaint()
        self._shortage = Complaint()
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
        self._note_shortage()
        while open_for_business:
            jobs, open_for_business = self._next_jobs()
            if jobs or self._settings.max_age_seconds or self._room.scarce:
                self._write(jobs)

    def _next_jobs(self) -> tuple[list[Job], bool]:
        jobs: list[Job] = []
        look_seconds = min(_LOOK_SECONDS, self._settings.max_age_seconds) or None
        if self._room.scarce:
            look_seconds = _LOOK_FOR_ROOM_SECONDS
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
        """Do the jobs together, or one by one where there is no room for all of them.

        With `_write_together` the supervision boundary of this thread: every caller gets an answer, whatever happens,
        and the thread lives.
        """
        try:
            roomy = self._room.prepare(sum(map(room_for, jobs)))
        except Exception as error:  # noqa: BLE001
            self._fail(jobs, error)
            return
        if roomy:
            self._write_together(jobs)
        else:
            for job in jobs:
                self._write_together([job])
        self._note_shortage()

    def _write_together(self, jobs: list[Job]) -> None:
        try:
            answers, group = self._commit_somehow(jobs)
        except Exception as error:  # noqa: BLE001
            self._roll_back()
            self._fail(jobs, error)
            return
        self._settle(group)
        if failed := self._complaint.works():
            _log.info("spool is written again", path=str(self._path), failed=failed)
        for answer in answers:
            answer()
        if group.recorded:
            self._tell_listener()

    def _commit_somehow(self, jobs: list[Job]) -> tuple[list[Callable[[], None]], Group]:
        """Commit; where there is no room even so, give something up first, and try again."""
        try:
            return self._commit(jobs)
        except sqlite3.Error as error:
            if _code(error) != sqlite3.SQLITE_FULL:
                raise
        self._roll_back()
        self._room.restart_log()
        self._room.scarce = not self._room.prepare(2 * sum(map(room_for, jobs)))
        if self._room.scarce:
            self._settle(self._commit([])[1])
        try:
            return self._commit(jobs)
        except sqlite3.Error as error:
            if _code(error) == sqlite3.SQLITE_FULL and any(map(shows_something, jobs)):
                raise EventTooLarge(
                    f"spool {self._path}: the disk is full, and there is no room for the event's evidence"
                ) from error
            raise

    def _fail(self, jobs: list[Job], error: Exception) -> None:
        fault = explain(error, self._path) if isinstance(error, sqlite3.Error | OSError) else error
        for job in jobs:
            job.done.set_exception(fault)
        if isinstance(fault, EventTooLarge):
            return
        full = isinstance(error, sqlite3.Error) and _code(error) == sqlite3.SQLITE_FULL
        self._stats = replace(self._stats, trouble=str(fault), failing=True, disk_full=full)
        if self._complaint.fails():
            _log.error("spool not written", path=str(self._path), reason=str(fault), failed=self._complaint.times)

    def _note_shortage(self) -> None:
        if self._complaint.times:
            return
        if self._room.scarce and self._shortage.fails():
            _log.error("the disk is full", path=str(self._path), given_up=self._stats.evicted)
        elif not self._room.scarce and self._shortage.works():
            _log.info("the disk has room again", path=str(self._path), given_up=self._stats.evicted)
        full = self._room.scarce
        if full != self._stats.disk_full or self._stats.failing:
            self._stats = replace(self._stats, trouble=_FULL if full else "", disk_full=full, failing=False)

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
        group.keep_ledger()
        if group.recorded:
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
            least_free_pages=self._room.reserve_pages if self._room.scarce else 0,
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
        self._stats = replace(
            before,
            recorded=before.recorded + group.recorded,
            acknowledged=before.acknowledged + group.acknowledged,
            evicted=before.evicted + len(group.evicted),
            transactions=before.transactions + 1,
            waiting_messages=self._held.messages,
            waiting_bytes=self._held.message_bytes,
        )
        if group.evicted and not self._room.scarce:
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
        if isinstance(job, PassOver):
            group.pass_over(job.messages)
            passed = job
            return lambda: passed.done.set_result(None)
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


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
