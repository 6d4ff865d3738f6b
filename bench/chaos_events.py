"""`python -m bench.chaos_events BUNDLE`: kill -9 agent, broker and cloud at random moments while events pass.

Real processes: `linewatch-edge run` with a simulated camera that shows the bundle's golden pictures, mosquitto (or the
embedded broker), and the cloud's event service. What the agent's spool and log know is compared with the cloud's
database: nothing may be lost, nothing stored twice, nothing changed, and every event must be closed.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from rich.progress import Progress

from bench.chaos.line import PERIOD_FRAMES, lay_line
from bench.chaos.rig import BrokerKind, Rig, find_mosquitto, running_rig
from bench.chaos.verdict import Agent, compare
from bench.record import Record, at_least, at_most, seen
from linewatch.edge.errors import SpoolError
from linewatch.edge.spool.message import SpoolReport
from linewatch.edge.spool.report import read_report

COMMAND = "python -m bench.chaos_events BUNDLE"
EVENTS, KILLS = 2000, 20
_FPS = 200.0
_DOWN_SECONDS = (0.0, 0.4)
_START_SECONDS = 1.5
_PATIENCE_SECONDS = 120.0
_FEW_MESSAGES = 50


@dataclass(frozen=True, kw_only=True)
class ChaosResult:
    """What happened. `events_at_last_kill` shows that the killing went on while events passed."""

    broker: str
    events: int
    messages: int
    events_at_last_kill: int
    closed_after_death: int
    kills: dict[str, int]
    lost: int
    duplicated: int
    wrong: int
    seconds: float


def chaos(
    folder: Path, bundle: Path, *, kind: BrokerKind, events: int = EVENTS, kills: int = KILLS, seed: int = 0
) -> ChaosResult:
    """Let `events` pass through processes in `folder`, killing each `kills` times.

    Raises:
        TimeoutError: the events did not all arrive although everything had been running again for long.
        RuntimeError: a process ended by itself, or did not end well.
        ValueError: the bundle has no golden pictures to show.
    """
    begun = time.monotonic()
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    line = lay_line(folder / "pictures", bundle)
    with running_rig(folder, bundle, kind=kind, fps=_FPS) as rig:
        _storm(rig, dice, events, kills)
        passed = _opened(rig)
        _wait(rig, f"{events} events", lambda: _opened(rig) >= events)
        # An agent that ends while its broker is away leaves the rest to its next start.
        _wait(rig, "the cloud to catch up", lambda: len(_report(rig).waiting) < _FEW_MESSAGES)
        rig.agent.end()
        _wait(rig, "an empty spool", lambda: not _report(rig).waiting)
        rig.cloud.end()
        rig.broker.end()
    (camera,) = json.loads(rig.agent_summary.read_text(encoding="utf-8"))["agent"]["cameras"]
    agent = Agent(log=rig.agent_log, kills=rig.agent.kills, judged=camera["frames_judged"])
    verdict = compare(read_report(rig.spool), rig.store_url, agent, line)
    return ChaosResult(
        broker=kind,
        events=verdict.events,
        messages=verdict.messages,
        events_at_last_kill=passed,
        closed_after_death=verdict.closed_after_death,
        kills={part.name: part.kills for part in rig.parts},
        lost=verdict.lost,
        duplicated=verdict.duplicated,
        wrong=verdict.wrong,
        seconds=round(time.monotonic() - begun, 1),
    )


def measure(bundle: Path) -> list[Record]:
    """The records of `make bench`: over the real broker where there is one, and over the embedded one."""
    kinds: list[BrokerKind] = ["mosquitto", "embedded"] if find_mosquitto() else ["embedded"]
    records: list[Record] = []
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="linewatch-chaos-") as folder:
            records += _records(chaos(Path(folder), bundle, kind=kind))
    return records


def _records(result: ChaosResult) -> list[Record]:
    command = f"{COMMAND} --broker {result.broker}"
    name = f"chaos {result.broker}"
    return [
        at_least(f"{name}: events passed", result.events, EVENTS, unit="events", command=command),
        seen(f"{name}: events passed at the last kill", result.events_at_last_kill, unit="events", command=command),
        seen(f"{name}: closed after the agent died", result.closed_after_death, unit="events", command=command),
        seen(f"{name}: kills", sum(result.kills.values()), unit="kills", command=command),
        at_most(f"{name}: lost", result.lost, 0, unit="events", command=command),
        at_most(f"{name}: duplicated", result.duplicated, 0, unit="events", command=command),
        at_most(f"{name}: wrong", result.wrong, 0, unit="events", command=command),
        seen(f"{name}: duration", result.seconds, unit="s", command=command),
    ]


def _storm(rig: Rig, dice: random.Random, events: int, kills: int) -> None:
    """Kill at moments that spread the kills over the events. Where the agent starts again, no events pass meanwhile."""
    victims = [part for part in rig.parts for _ in range(kills)]
    dice.shuffle(victims)
    mean_down = sum(_DOWN_SECONDS) / 2
    running = events * PERIOD_FRAMES / _FPS + kills * (_START_SECONDS + mean_down)
    mean_pause = max(0.1, running / len(victims) - mean_down)
    with Progress(transient=True) as progress:
        for victim in progress.track(victims, description="killing"):
            time.sleep(dice.uniform(0, 2 * mean_pause))
            victim.kill()
            time.sleep(dice.uniform(*_DOWN_SECONDS))
            victim.start()


def _wait(rig: Rig, what: str, arrived: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not arrived():
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"waited in vain for {what}, {_PATIENCE_SECONDS:.0f} s: {_opened(rig)} events were opened, "
                f"{len(_report(rig).waiting)} messages wait for the cloud"
            )
        time.sleep(0.2)


def _opened(rig: Rig) -> int:
    """Events that the agent has told of so far."""
    return rig.agent_log.read_text(encoding="utf-8").count('"event opened"')


def _report(rig: Rig) -> SpoolReport:
    try:
        return read_report(rig.spool)
    except SpoolError:
        return SpoolReport(ledgers=(), gaps=(), waiting=())


def main() -> int:
    """Print the result as JSON; 1 if anything was lost, doubled or changed."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos_events", description=__doc__)
    parser.add_argument("bundle", type=Path, help="folder of a bundle")
    parser.add_argument("--broker", choices=get_args(BrokerKind), default="mosquitto")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--kills", type=int, default=KILLS, help="of each of the three")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for databases and logs, kept afterwards; must not exist")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linewatch-chaos-") as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(exist_ok=arguments.keep is None, parents=True)
        result = chaos(
            folder.resolve(),
            arguments.bundle,
            kind=arguments.broker,
            events=arguments.events,
            kills=arguments.kills,
            seed=arguments.seed,
        )
    sys.stdout.write(json.dumps(asdict(result), indent=1) + "\n")
    return 1 if result.lost or result.duplicated or result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
