"""`python -m bench.chaos_events`: kill -9 agent, broker and cloud at random moments while events pass, then compare.

Real processes: the agent's spool and publisher fed by a simulated camera, mosquitto (or the embedded broker), and the
cloud's ingest. Nothing may be lost, nothing stored twice, nothing changed.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from bench.chaos.rig import BrokerKind, Rig, find_mosquitto, running_rig
from bench.chaos.verdict import compare
from bench.record import Record, at_most, seen
from linewatch.edge.errors import SpoolError
from linewatch.edge.spool.message import SpoolReport
from linewatch.edge.spool.report import read_report

COMMAND = "python -m bench.chaos_events"
_BETWEEN_KILLS_SECONDS = (0.3, 1.3)
_DOWN_SECONDS = (0.0, 0.4)
_DRAIN_SECONDS = 90.0


@dataclass(frozen=True, kw_only=True)
class ChaosResult:
    """What happened. `events_at_last_kill` shows that the killing went on while events passed."""

    broker: str
    events: int
    events_at_last_kill: int
    kills: dict[str, int]
    lost: int
    duplicated: int
    wrong: int
    seconds: float


def chaos(folder: Path, *, kind: BrokerKind, events: int = 2000, kills: int = 20, seed: int = 0) -> ChaosResult:
    """Let `events` pass through processes in `folder`, killing each `kills` times.

    Raises:
        TimeoutError: the events did not all arrive although everything had been running again for long.
        RuntimeError: a process ended by itself.
    """
    begun = time.monotonic()
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    mean_pause = (sum(_BETWEEN_KILLS_SECONDS) + sum(_DOWN_SECONDS)) / 2
    pace = events / (3 * kills * mean_pause * 1.1)
    with running_rig(folder, kind=kind, events=events, pace=pace) as rig:
        _storm(rig, dice, kills)
        passed = _said(_report(rig))
        rig.device.end()
        rig.pace = 0.0
        rig.device.start()
        _wait_for_all(rig, events)
    verdict = compare(read_report(rig.spool), rig.store_url)
    return ChaosResult(
        broker=kind,
        events=verdict.said,
        events_at_last_kill=passed,
        kills={part.name: part.kills for part in rig.parts},
        lost=verdict.lost + max(0, events - verdict.said),
        duplicated=verdict.duplicated,
        wrong=verdict.wrong,
        seconds=round(time.monotonic() - begun, 1),
    )


def measure() -> list[Record]:
    """The records of `make bench`: over the real broker where there is one, and over the embedded one."""
    kinds: list[BrokerKind] = ["mosquitto", "embedded"] if find_mosquitto() else ["embedded"]
    records: list[Record] = []
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="linewatch-chaos-") as folder:
            records += _records(chaos(Path(folder), kind=kind))
    return records


def _records(result: ChaosResult) -> list[Record]:
    command = f"{COMMAND} --broker {result.broker}"
    name = f"chaos {result.broker}"
    return [
        seen(f"{name}: events passed", result.events, unit="events", command=command),
        seen(f"{name}: kills", sum(result.kills.values()), unit="kills", command=command),
        at_most(f"{name}: lost", result.lost, 0, unit="events", command=command),
        at_most(f"{name}: duplicated", result.duplicated, 0, unit="events", command=command),
        at_most(f"{name}: wrong", result.wrong, 0, unit="events", command=command),
        seen(f"{name}: duration", result.seconds, unit="s", command=command),
    ]


def _storm(rig: Rig, dice: random.Random, kills: int) -> None:
    victims = [part for part in rig.parts for _ in range(kills)]
    dice.shuffle(victims)
    for victim in victims:
        time.sleep(dice.uniform(*_BETWEEN_KILLS_SECONDS))
        victim.kill()
        time.sleep(dice.uniform(*_DOWN_SECONDS))
        victim.start()


def _wait_for_all(rig: Rig, events: int) -> None:
    deadline = time.monotonic() + _DRAIN_SECONDS
    while time.monotonic() < deadline:
        report = _report(rig)
        if _said(report) >= events and not report.waiting:
            return
        time.sleep(0.2)
    report = _report(rig)
    raise TimeoutError(
        f"{_said(report)} of {events} events were spooled, {len(report.waiting)} still wait for the cloud"
    )


def _report(rig: Rig) -> SpoolReport:
    try:
        return read_report(rig.spool)
    except SpoolError:
        return SpoolReport(ledgers=(), gaps=(), waiting=())


def _said(report: SpoolReport) -> int:
    return sum(ledger.last_sequence for ledger in report.ledgers)


def main() -> int:
    """Print the result as JSON; 1 if anything was lost, doubled or changed."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--broker", choices=get_args(BrokerKind), default="mosquitto")
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20, help="of each of the three")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for databases and logs, kept afterwards; must not exist")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linewatch-chaos-") as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(exist_ok=arguments.keep is None, parents=True)
        result = chaos(
            folder.resolve(), kind=arguments.broker, events=arguments.events, kills=arguments.kills, seed=arguments.seed
        )
    sys.stdout.write(json.dumps(asdict(result), indent=1) + "\n")
    return 1 if result.lost or result.duplicated or result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
