"""What the end of the last run means for the bundle that was new then."""

import time
from pathlib import Path

import structlog

from linewatch.edge.errors import EdgeError, UpdateRefused
from linewatch.edge.update.refusals import Refusals
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.trial import Trial, Trials

_log = structlog.get_logger(__name__)


def settle_last_run(state: Path, trials: Trials) -> str:
    """Before anything is loaded: undo a bundle on trial that brought the agent down; `update.trial` has the rules.

    Gives what was undone and why, for people; empty when nothing was. It never keeps the agent from starting: what the
    disk refuses is logged.
    """
    try:
        settled = trials.settle()
        if settled is None:
            _finish_return(BundleStore(state), Refusals(state))
            return ""
        trial, error = settled
        if error is None:
            _log.info("bundle still on trial", bundle=trial.digest, last_run=trial.ended, times=trial.times)
            _finish_return(BundleStore(state), Refusals(state))
            return ""
        undone = _undo(BundleStore(state), Refusals(state), trial, error)
        trials.end()
        return f"the device returned from the bundle {trial.digest[:12]}: {error}" if undone else ""
    except EdgeError as error:
        _log.error("trial of a bundle not written down", reason=str(error))
        return ""


def end_run(trials: Trials) -> None:
    """The agent ends, and knows why: that says nothing about the bundle on trial."""
    try:
        trials.stop()
    except EdgeError as error:
        _log.error("trial of a bundle not written down", reason=str(error))


def _finish_return(store: BundleStore, refusals: Refusals) -> None:
    """A return that a power cut interrupted: held back already, and still the current one."""
    current, previous = store.current(), store.previous()
    refusal = refusals.get(current) if current else None
    if refusal is None or not refusal.returned_from or previous is None or refusals.get(previous):
        return
    store.open(previous)
    store.switch(previous)
    _log.warning("update undone", bundle=current, serves=previous, kind=refusal.kind, reason=refusal.text)


def _undo(store: BundleStore, refusals: Refusals, trial: Trial, error: UpdateRefused) -> bool:
    kind, previous = type(error).__name__, store.previous()
    serves = store.current() == trial.digest
    if serves and (previous is None or refusals.get(previous)):
        _log.error(
            "new bundle does badly, and there is none to return to", bundle=trial.digest, kind=kind, reason=str(error)
        )
        return False
    # Held back first: after a power cut between the two, the link is switched by the next end of this trial.
    refusals.record(trial.digest, kind, str(error), time.time())
    if serves and previous is not None:
        store.open(previous)
        store.switch(previous)
    _log.warning("update undone", bundle=trial.digest, serves=store.current(), kind=kind, reason=str(error))
    return serves
