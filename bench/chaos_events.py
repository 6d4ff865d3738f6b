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

from bench import drain
from bench.chaos.line import PERIOD_FRAMES, lay_line
from bench.chaos.part import Part
from bench.chaos.rig import BrokerKind, Rig, find_mosquitto, running_rig
from bench.chaos.tail import LogTail
from bench.chaos.verdict import Agent, compare
from bench.record import Record, at_least, at_most, seen
from linewatch.edge.errors import SpoolError
from linewatch.edge.spool.report import count_waiting, read_report

COMMAND = "python -m bench.chaos_events BUNDLE"
EVENTS, KILLS = 2000, 20
SHORT_EVENTS, SHORT_KILLS = 600, 2
_FPS = 200.0
_DOWN_SECONDS = (0.0, 0.4)
_START_SECONDS = 1.5
_PATIENCE_SECONDS = 120.0
_FEW_MESSAGES = 50
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do.

    Attributes:
        kind: which broker.
        events: how many have to pass at least.
        kills: of each of the three processes.
        fps: frames a second that the camera shows; eight make an event.
        outage_seconds: half way, the broker is away for so long while nothing else is killed.
        seed: of the moments of the kills.
    """

    kind: BrokerKind
    events: int = EVENTS
    kills: int = KILLS
    fps: float = _FPS
    outage_seconds: float = 0.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Outage:
    """A broker that was away: messages that waited for it at the end, and how fast the cloud had them then.

    Meanwhile the camera goes on, so that the device does two things at once.
    """

    backlog: int = 0
    drain_seconds: float = 0.0

    @property
    def drain_per_s(self) -> float:
        """Messages a second, of the backlog alone."""
        return self.backlog / self.drain_seconds if self.drain_seconds else 0.0


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
    outage: Outage


def chaos(folder: Path, bundle: Path, plan: Plan) -> ChaosResult:
    """Let events pass through processes in `folder`, killing each of them again and again.

    Raises:
        TimeoutError: nothing moves any more although everything has been running again for long.
        RuntimeError: a process ended by itself, or did not end well.
        ValueError: the bundle has no golden pictures to show.
    """
    begun = time.monotonic()
    dice = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
    line = lay_line(folder / "pictures", bundle)
    with running_rig(folder, bundle, kind=plan.kind, fps=plan.fps) as rig:
        opened = LogTail(rig.agent_log, '"event opened"')
        victims = [part for part in rig.parts for _ in range(plan.kills)]
        dice.shuffle(victims)
        half = len(victims) // 2 if plan.outage_seconds else 0
        during_outage = int(plan.outage_seconds * plan.fps / PERIOD_FRAMES)
        storm = _Storm(rig, dice, plan, max(1, plan.events - during_outage) / max(1, len(victims)))
        storm.kill(victims[:half], "killing")
        outage = _sit_out(rig, plan.outage_seconds) if plan.outage_seconds else Outage()
        storm.kill(victims[half:], "killing")
        passed = opened.count()
        _wait(rig, f"{plan.events} events", lambda: max(0, plan.events - opened.count()))
        # An agent that ends while its broker is away leaves the rest to its next start.
        _wait(rig, "the cloud to catch up", lambda: max(0, _waiting(rig) - _FEW_MESSAGES))
        rig.agent.end()
        _wait(rig, "an empty spool", lambda: _waiting(rig))
        rig.cloud.end()
        rig.broker.end()
    (camera,) = json.loads(rig.agent_summary.read_text(encoding="utf-8"))["agent"]["cameras"]
    agent = Agent(log=rig.agent_log, kills=rig.agent.kills, judged=camera["frames_judged"])
    verdict = compare(read_report(rig.spool), rig.store_url, agent, line)
    return ChaosResult(
        broker=plan.kind,
        events=verdict.events,
        messages=verdict.messages,
        events_at_last_kill=passed,
        closed_after_death=verdict.closed_after_death,
        kills={part.name: part.kills for part in rig.parts},
        lost=verdict.lost,
        duplicated=verdict.duplicated,
        wrong=verdict.wrong,
        seconds=round(time.monotonic() - begun, 1),
        outage=outage,
    )


def measure(bundle: Path) -> list[Record]:
    """The records of `make bench`: over the real broker where there is one, and over the embedded one."""
    kinds: list[BrokerKind] = ["mosquitto", "embedded"] if find_mosquitto() else ["embedded"]
    records: list[Record] = []
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="linewatch-chaos-") as folder:
            records += _records(chaos(Path(folder), bundle, Plan(kind=kind)))
    return records


def measure_short(bundle: Path) -> list[Record]:
    """The same in two minutes: what was lost or doubled in a few kills, and how fast a backlog drains."""
    plan = Plan(kind="mosquitto", events=SHORT_EVENTS, kills=SHORT_KILLS, outage_seconds=5.0)
    command = f"{COMMAND} --events {plan.events} --kills {plan.kills} --outage {plan.outage_seconds:.0f}"
    with tempfile.TemporaryDirectory(prefix="linewatch-chaos-") as folder:
        result = chaos(Path(folder), bundle, plan)
    return [
        at_most("events_lost", result.lost + result.wrong, 0, unit="events", command=command),
        at_most("events_duplicated", result.duplicated, 0, unit="events", command=command),
        *drain.measure(),
    ]


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


class _Storm:
    """Kills at moments that spread the kills over the events. While the agent starts again, no events pass."""

    def __init__(self, rig: Rig, dice: random.Random, plan: Plan, events_each: float) -> None:
        self._dice = dice
        mean_down = sum(_DOWN_SECONDS) / 2
        starts = _START_SECONDS / len(rig.parts)
        self._mean_pause = max(0.1, events_each * PERIOD_FRAMES / plan.fps + starts - mean_down)

    def kill(self, victims: list[Part], what: str) -> None:
        """Kill each and start it again."""
        with Progress(transient=True) as progress:
            for victim in progress.track(victims, description=what):
                time.sleep(self._dice.uniform(0, 2 * self._mean_pause))
                victim.kill()
                time.sleep(self._dice.uniform(*_DOWN_SECONDS))
                victim.start()


def _sit_out(rig: Rig, seconds: float) -> Outage:
    """Take the broker away while events go on, and see how fast what waited leaves when it is back."""
    rig.broker.kill()
    with Progress(transient=True) as progress:
        for _ in progress.track(range(round(seconds)), description="without a broker"):
            time.sleep(1.0)
    backlog = _waiting(rig)
    rig.broker.start()
    # From the moment that it moves: how long the device rests before it connects is another matter.
    _wait(rig, "the backlog to move", lambda: int(_waiting(rig) > backlog - _FEW_MESSAGES))
    moved = time.monotonic()
    _wait(rig, "the backlog to drain", lambda: max(0, _waiting(rig) - _FEW_MESSAGES))
    return Outage(backlog=backlog, drain_seconds=round(time.monotonic() - moved, 2))


def _wait(rig: Rig, what: str, left: Callable[[], int]) -> None:
    """Until nothing is left; patience begins anew whenever less is left than ever."""
    least, deadline = sys.maxsize, 0.0
    while (now_left := left()) > 0:
        if now_left < least:
            least, deadline = now_left, time.monotonic() + _PATIENCE_SECONDS
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"waited in vain for {what}, {_PATIENCE_SECONDS:.0f} s: {now_left} are left, "
                f"{_waiting(rig)} messages wait for the cloud"
            )
        time.sleep(_LOOK_SECONDS)


def _waiting(rig: Rig) -> int:
    try:
        return count_waiting(rig.spool)
    except SpoolError:
        return 0


def main() -> int:
    """Print the result as JSON; 1 if anything was lost, doubled or changed."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos_events", description=__doc__)
    parser.add_argument("bundle", type=Path, help="folder of a bundle")
    parser.add_argument("--broker", choices=get_args(BrokerKind), default="mosquitto")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--kills", type=int, default=KILLS, help="of each of the three")
    parser.add_argument("--fps", type=float, default=_FPS, help="frames a second; eight make an event")
    parser.add_argument("--outage", type=float, default=0.0, help="seconds for which the broker is away, half way")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for databases and logs, kept afterwards; must not exist")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linewatch-chaos-") as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(exist_ok=arguments.keep is None, parents=True)
        plan = Plan(
            kind=arguments.broker,
            events=arguments.events,
            kills=arguments.kills,
            fps=arguments.fps,
            outage_seconds=arguments.outage,
            seed=arguments.seed,
        )
        result = chaos(folder.resolve(), arguments.bundle, plan)
    sys.stdout.write(json.dumps(asdict(result), indent=1) + "\n")
    return 1 if result.lost or result.duplicated or result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
