"""Walks the update's state machine: fetch in a process of its own, golden check in the agent, switch on the disk."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag

import structlog

from linewatch.edge.errors import BundleReplaced, EdgeError, Refused, RolledBack, TrialDied
from linewatch.edge.update import process
from linewatch.edge.update.counter import Mark, ReleaseCounter
from linewatch.edge.update.host import BundleHost
from linewatch.edge.update.machine import WAITING, Action, Event, State, step
from linewatch.edge.update.message import Message, Request, Told
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.status import UpdateStatus
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Stage, Trials
from linewatch.edge.update.way_back import way_back

_log = structlog.get_logger(__name__)

Run = Callable[[Request, Flag], Iterator[Message]]

_TELLS = {
    Told.CURRENT: Event.CURRENT,
    Told.HELD_BACK: Event.HELD_BACK,
    Told.FOUND: Event.FOUND,
    Told.FETCHED: Event.FETCHED,
    Told.WHOLE: Event.WHOLE,
}


class Updater:
    """Brings one device to the newest release of its bundle. Whatever goes wrong, the old bundle goes on serving."""

    def __init__(
        self,
        settings: UpdateSettings,
        site: str,
        state: Path,
        host: BundleHost,
        *,
        serving: str = "",
        run: Run = process.run,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Update the device of `site` whose state folder is `state`.

        Args:
            settings: the table `[update]`.
            site: this device's site.
            state: the device's state folder.
            host: what serves the bundle.
            serving: digest of the bundle that `host` serves; empty when it serves none.
            run: does the looking and fetching; by default in a process of its own.
            clock: seconds since 1970.
        """
        self._settings = settings
        self._site = site
        self._state_folder = state.absolute()
        self._host = host
        self._run = run
        self._clock = clock
        self._store = BundleStore(self._state_folder)
        self._counter = ReleaseCounter(self._state_folder)
        self._refusals = Refusals(self._state_folder)
        self.trials = Trials(self._state_folder)
        self._asked = settings
        self._takes_back = False
        self._status = UpdateStatus(serving=serving)
        self._offered = Message(told=Told.FOUND)
        self._error: EdgeError | None = None
        self._stop = Flag()
        self._ending = False
        self._busy = threading.Lock()
        self._actions: dict[Action, Callable[[], Event | None]] = {
            Action.NOTHING: self._nothing,
            Action.FETCH: self._fetch,
            Action.TRY: self._try,
            Action.SWITCH: self._switch,
            Action.SETTLE: self._settle,
            Action.RECORD: self._record,
            Action.RECALL: self._recall,
            Action.REPORT: self._report,
            Action.RETURN: self._return,
            Action.HOLD: self._hold,
        }

    @property
    def status(self) -> UpdateStatus:
        """Where the update is now; safe to ask from any thread."""
        return self._status

    @property
    def state_folder(self) -> Path:
        """The device's state folder."""
        return self._state_folder

    def held_back(self, digest: str) -> bool:
        """Whether the bundle `digest` was refused or returned from, and nobody wanted it since."""
        return self._refusals.get(digest) is not None

    def check(self) -> UpdateStatus:
        """Look at the registry once, and bring home what is newer; gives where that ended."""
        with self._busy:
            return self._look(self._settings)

    def install(self, settings: UpdateSettings) -> UpdateStatus:
        """Look as `check` does, but where `settings` say, and take what was returned from as well."""
        with self._interrupting():
            self._takes_back = True
            try:
                return self._look(settings)
            finally:
                self._takes_back = False

    def check_way_back(self) -> None:
        """Look whether an operator can return to the bundle before.

        Raises:
            NoPreviousBundle, PreviousHeldBack: no.
        """
        way_back(self._store, self._refusals, by_hand=True)

    def go_back(self, why: Refused, of: str = "") -> UpdateStatus:
        """Return to the bundle before; what is current is held back because of `why`. Ends a look that is under way.

        Raises:
            BundleReplaced: it is not the bundle `of` that is meant: the look had come to its end.
        """
        with self._interrupting():
            current = self._store.current() or ""
            if of and current != of:
                raise BundleReplaced(
                    f"bundle {of[:12]} does not serve any more: {current[:12]} was installed meanwhile"
                )
            self._offered, self._error = Message(told=Told.FOUND, digest=current), why
            self._walk(Event.BROKEN)
            return self._status

    def stop(self) -> None:
        """Let a running `check` end soon; what it has fetched is kept. There is no check after this."""
        self._ending = True
        self._stop.set()

    def recover(self) -> None:
        """Make the machine wait again after a fault in the program itself."""
        if self._status.state not in WAITING:
            self._set(state=State.IDLE)

    @contextmanager
    def _interrupting(self) -> Iterator[None]:
        self._stop.set()
        with self._busy:
            if not self._ending:
                self._stop.clear()
            self.recover()
            yield

    def _look(self, settings: UpdateSettings) -> UpdateStatus:
        self._asked = settings
        self._offered, self._error = Message(told=Told.FOUND), None
        self._walk(Event.DUE)
        return self._status

    def _walk(self, event: Event | None) -> None:
        while event is not None:
            taken = step(self._status.state, event)
            self._set(state=taken.to)
            try:
                event = self._actions[taken.action]()
            except EdgeError as error:
                event = self._unfinished(error)

    def _unfinished(self, error: EdgeError) -> Event | None:
        if self._status.state in WAITING:
            # The walk is over; what failed was to write down how it ended.
            _log.error("update unrecorded", reason=str(error))
            self._set(trouble=str(error), failed_with=type(error).__name__)
            return None
        self._error = error
        return Event.REFUSED if isinstance(error, Refused) else Event.FAILED

    def _nothing(self) -> None:
        return None

    def _fetch(self) -> Event | None:
        event: Event | None = None
        for message in self._run(self._request(), self._stop):
            if message.told == Told.FAILED:
                raise message.to_error()
            if message.told == Told.PROGRESS:
                self._set(done_bytes=message.done_bytes, total_bytes=message.total_bytes)
                continue
            self._offered = message
            event = _TELLS[message.told]
            if event in {Event.FOUND, Event.FETCHED}:
                self._walk(event)
        return event

    def _try(self) -> Event:
        # Written down first: if the bundle brings the whole agent down, the next start knows which one it was.
        self.trials.begin(self._offered.digest, Stage.CHECKING)
        # Supervision boundary: whatever a bundle does to the program that tries it, it is that bundle's.
        try:
            self._host.swap(self._store.folder(self._offered.digest), self._stop.is_set)
        except EdgeError:
            raise
        except Exception as error:
            _log.exception("bundle cannot be tried", bundle=self._offered.digest)
            raise TrialDied(f"the agent failed while it tried this bundle: {error}") from error
        self._set(serving=self._offered.digest)
        return Event.PASSED

    def _switch(self) -> Event:
        offered = self._offered
        # The counter first: after a power cut between the two, the same release is taken again, an older one never.
        self._counter.raise_to(offered.name, Mark(release=offered.release, digest=offered.digest))
        self.trials.begin(offered.digest, Stage.SERVING)
        # Before it is current: what an operator wants back must not look like a return that a power cut interrupted.
        self._refusals.forget(offered.digest)
        self._store.switch(offered.digest)
        _log.info("update switched", bundle=offered.digest, name=offered.name, release=offered.release)
        return Event.SWITCHED

    def _settle(self) -> None:
        if self._store.current() == self._status.serving:
            self._store.collect()
        self._set(refusal="", refused_with="", trouble="", failed_with="", done_bytes=0, total_bytes=0)

    def _record(self) -> None:
        kind, text = type(self._error).__name__, str(self._error)
        _log.warning("update refused", bundle=self._offered.digest, kind=kind, reason=text)
        self._set(refusal=text, refused_with=kind, trouble="", failed_with="", done_bytes=0, total_bytes=0)
        digest = self._offered.digest
        if digest:
            tried = self._offered.told == Told.WHOLE
            self._refusals.record(digest, kind, text, self._clock())
            self._store.discard(digest)
            if tried:
                self.trials.end()

    def _recall(self) -> None:
        refusal = self._refusals.get(self._offered.digest)
        if refusal is not None:
            self._set(refusal=refusal.text, refused_with=refusal.kind, trouble="", failed_with="")

    def _report(self) -> None:
        kind, text = type(self._error).__name__, str(self._error)
        _log.warning("update failed", kind=kind, reason=text)
        self._set(trouble=text, failed_with=kind, done_bytes=0, total_bytes=0)
        if self._offered.told == Told.WHOLE:
            self.trials.end()

    def _return(self) -> Event:
        why, current = self._error, self._store.current() or ""
        previous = way_back(self._store, self._refusals, by_hand=isinstance(why, RolledBack))
        bundle = self._store.open(previous)
        if self._status.serving in ("", current):
            self._host.restore(bundle.folder)
            self._set(serving=previous)
        self._refusals.record(current, type(why).__name__, str(why), self._clock())
        self._store.switch(previous)
        self._refusals.forget(previous)
        self.trials.end()
        return Event.RETURNED

    def _hold(self) -> None:
        kind, text = type(self._error).__name__, str(self._error)
        _log.warning("update returned", bundle=self._offered.digest, to=self._store.current(), kind=kind, reason=text)
        self._set(refusal=text, refused_with=kind, trouble="", failed_with="", done_bytes=0, total_bytes=0)

    def _request(self) -> Request:
        settings, serving = self._asked, self._status.serving
        # A bundle that serves but is not what the disk has as current would be gone after a restart: take it again.
        settled = serving if self._store.current() == serving else ""
        return Request(
            registry=settings.registry,
            trusted_root=str(settings.trusted_root.absolute()),
            state=str(self._state_folder),
            site=self._site,
            bundle=settings.bundle,
            serving=settled,
            minimum_bytes_per_second=settings.minimum_bytes_per_second,
            stall_seconds=settings.stall_seconds,
            keep_free_bytes=settings.keep_free_bytes,
            held_back=tuple(self._held_back()),
        )

    def _held_back(self) -> list[str]:
        held = self._refusals.held_back(self._clock(), self._asked.retry_refused_seconds)
        if not self._takes_back:
            return held
        refusals = self._refusals.all()
        return [digest for digest in held if not refusals[digest].returned_from]

    def _set(self, **changes: object) -> None:
        self._status = replace(self._status, **changes)  # type: ignore[arg-type]
