"""`make soak-events`: 100,000 events over 201 kills of agent, broker and cloud, and ten minutes without a broker.

The chaos bench in its long form, with a camera of 400 frames a second, so that 50 events pass each second: about forty
minutes on a machine that does nothing else. Where it is slower, the camera waits. What came of it goes to
`docs/benchmarks/soak-events.json`. Ctrl-C ends it and all that it started.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from bench.chaos_events import ChaosResult, Plan, chaos
from bench.record import Record, at_least, at_most, seen
from bench.soak import conclude

COMMAND = "make soak-events"
RESULTS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "soak-events.json"
EVENTS, KILLS, OUTAGE_SECONDS, FPS = 100_000, 67, 600.0, 400.0
DRAIN_PER_S = 2000.0


def records(result: ChaosResult, plan: Plan) -> list[Record]:
    """What is kept of a run of `plan`."""
    outage, kills = result.outage, sum(result.kills.values())
    return [
        at_most("soak_events_lost", result.lost, 0, unit="events", command=COMMAND),
        at_most("soak_events_duplicated", result.duplicated, 0, unit="events", command=COMMAND),
        at_most("soak_events_wrong", result.wrong, 0, unit="events", command=COMMAND),
        at_least("soak_events", result.events, plan.events, unit="events", command=COMMAND),
        at_least("soak_events_kills", kills, 3 * plan.kills, unit="kills of agent, broker and cloud", command=COMMAND),
        at_least("soak_events_drain_per_s", outage.drain_per_s, DRAIN_PER_S, unit="messages/s", command=COMMAND),
        seen("soak_events_backlog", outage.backlog, unit="messages after the outage", command=COMMAND),
        seen("soak_events_messages", result.messages, unit="messages", command=COMMAND),
        seen("soak_events_closed_after_death", result.closed_after_death, unit="events", command=COMMAND),
        seen("soak_events_at_last_kill", result.events_at_last_kill, unit="events", command=COMMAND),
        seen("soak_events_minutes", result.seconds / 60, unit="minutes", command=COMMAND),
    ]


def main() -> int:
    """Run it on a bundle of the sample pictures, compiled anew where none is named; 1 if anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak_events", description=__doc__)
    parser.add_argument("bundle", type=Path, nargs="?", help="of the sample pictures, such as demo-run/bundle")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--kills", type=int, default=KILLS, help="of each of the three")
    parser.add_argument("--outage", type=float, default=OUTAGE_SECONDS, help="seconds without a broker")
    parser.add_argument("--fps", type=float, default=FPS)
    parser.add_argument("--out", type=Path, default=RESULTS, help="file of the records")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that started processes are ended
    bundle = arguments.bundle
    if bundle is None:
        from bench.run import fast_sample

        bundle = fast_sample().bundle.folder
    plan = Plan(
        kind="mosquitto",
        events=arguments.events,
        kills=arguments.kills,
        fps=arguments.fps,
        outage_seconds=arguments.outage,
    )
    with tempfile.TemporaryDirectory(prefix="linewatch-soak-") as scratch:
        found = records(chaos(Path(scratch), bundle, plan), plan)
    return conclude(found, arguments.out)


if __name__ == "__main__":
    sys.exit(main())
