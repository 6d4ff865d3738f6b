"""A bundle on trial: whether it goes on after a restart hangs on how the run before ended. Pure, but for its file."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from linewatch.edge.errors import AgentDied, TrialCut, TrialDied, UpdateRefused
from linewatch.edge.update.durable import guarding_disk, sync_folder, write_whole

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Stage(StrEnum):
    """What a bundle on trial does: it is checked beside the one that serves, or serves itself."""

    CHECKING = "checking"
    SERVING = "serving"


class Ended(StrEnum):
    """How a run of the agent ended: as it was told, by itself, or with the whole machine."""

    STOPPED = "stopped"
    DIED = "died"
    WENT_DOWN = "went_down"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A bundle on trial.

    Attributes:
        digest: of the bundle.
        stage: how far it came.
        boot: of the machine, in which it was tried last.
        running: an agent tries it now, or ended without a word.
        ended: how the last run ended; None before the first end.
        times: how often in a row.
    """

    digest: str
    stage: Stage
    boot: str
    running: bool = True
    ended: Ended | None = None
    times: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """So many ends in a row, and the bundle is refused for this reason."""

    times: int
    kind: type[UpdateRefused]
    reason: str


LIMITS: Mapping[tuple[Stage, Ended], Limit] = {
    (Stage.CHECKING, Ended.DIED): Limit(1, TrialDied, "the agent died while it tried this bundle"),
    (Stage.CHECKING, Ended.WENT_DOWN): Limit(3, TrialCut, "the machine went down each time it tried this bundle"),
    (Stage.SERVING, Ended.DIED): Limit(2, AgentDied, "the agent died again and again while this bundle was new"),
    (Stage.SERVING, Ended.WENT_DOWN): Limit(3, TrialCut, "the machine went down each time this bundle was new"),
}
"""There is no limit to stops."""


def how_it_ended(trial: Trial, boot: str) -> Ended:
    """How the run that `trial` tells of ended, seen in the `boot` of now."""
    if not trial.running:
        return Ended.STOPPED
    return Ended.DIED if trial.boot == boot else Ended.WENT_DOWN


def judge(trial: Trial, boot: str) -> tuple[Trial, UpdateRefused | None]:
    """The trial with its last end counted, and why the bundle is refused now, if it is."""
    ended = how_it_ended(trial, boot)
    times = trial.times + 1 if trial.ended is ended else 1
    counted = replace(trial, boot=boot, running=False, ended=ended, times=times)
    limit = LIMITS.get((trial.stage, ended))
    if limit is None or counted.times < limit.times:
        return counted, None
    return counted, limit.kind(f"{limit.reason}; publish a better one")


class Trials:
    """The file `{state}/trial.json`: the bundle on trial, if there is one. A damaged file counts as none."""

    def __init__(self, state: Path, boot: str | None = None) -> None:
        """Use the file below the device's state folder; `boot` names that of the machine, which is looked up."""
        self._path = state / "trial.json"
        self._boot = machine_boot() if boot is None else boot
        self._lock = threading.Lock()

    def now(self) -> Trial | None:
        """The bundle on trial."""
        try:
            fields = json.loads(self._path.read_bytes())
            ended = fields["ended"]
            return Trial(
                digest=str(fields["digest"]),
                stage=Stage(fields["stage"]),
                boot=str(fields["boot"]),
                running=bool(fields["running"]),
                ended=None if ended is None else Ended(ended),
                times=int(fields["times"]),
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def begin(self, digest: str, stage: Stage) -> None:
        """Write down, durably, that `digest` is tried now; how earlier runs with it ended is kept.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        with self._lock:
            before = self.now()
            fresh = Trial(digest=digest, stage=stage, boot=self._boot)
            same = before is not None and before.digest == digest
            self._write(replace(before, stage=stage, boot=self._boot, running=True) if before and same else fresh)

    def stop(self) -> None:
        """The agent ends as it was told: that says nothing about the bundle on trial.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        with self._lock:
            trial = self.now()
            if trial is not None and trial.running:
                self._write(replace(trial, running=False))

    def end(self) -> None:
        """There is nothing on trial any more.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        with self._lock, guarding_disk(f"remove {self._path}"):
            if self._path.exists():
                self._path.unlink()
                sync_folder(self._path.parent)

    def settle(self) -> tuple[Trial, UpdateRefused | None] | None:
        """At a start: count how the run before ended; gives the trial and why its bundle is refused, if it is.

        Raises:
            DiskFull, StateUnwritable: the disk refused.
        """
        with self._lock:
            trial = self.now()
            if trial is None:
                return None
            counted, error = judge(trial, self._boot)
            self._write(counted)
            return counted, error

    def _write(self, trial: Trial) -> None:
        fields = {name: getattr(trial, name) for name in Trial.__dataclass_fields__}
        with guarding_disk(f"write {self._path}"):
            write_whole(self._path, json.dumps(fields).encode())


def machine_boot() -> str:
    """What names this boot of the machine; empty where the system does not say: then every end is the agent's own."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
