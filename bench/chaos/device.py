"""`python -m bench.chaos.device`: a device whose camera is simulated; spool and publisher are the agent's own.

Started again after its death, it goes on with the event after the last one that its spool ever took.
"""

import argparse
import signal
import time
from pathlib import Path

from linewatch.edge.publish.publisher import Publisher
from linewatch.edge.publish.settings import PublishSettings
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool

SITE = "chaos"
DEVICE = "box"


def main() -> None:
    """Record events at a pace, publish them, and wait for SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos.device", description=__doc__)
    parser.add_argument("spool", type=Path, help="file of the spool")
    parser.add_argument("port", type=int, help="port of the broker")
    parser.add_argument("events", type=int, help="how many events there are in all")
    parser.add_argument("pace", type=float, help="events a second; 0 is as fast as possible")
    arguments = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    settings = PublishSettings(
        port=arguments.port,
        ack_timeout_seconds=1.0,
        ack_timeout_max_seconds=4.0,
        reconnect_min_seconds=0.05,
        reconnect_max_seconds=0.5,
    )
    with (
        Spool(arguments.spool, SpoolSettings(), site=SITE, device=DEVICE) as spool,
        Publisher(spool, settings),
    ):
        _record(spool, arguments.spool, arguments.events, arguments.pace)
        signal.sigwait({signal.SIGTERM})


def _record(spool: Spool, path: Path, events: int, pace: float) -> None:
    taken = sum(ledger.last_sequence for ledger in read_report(path).ledgers)
    for number in range(taken, events):
        spool.record(simulated_event(number))
        if pace:
            time.sleep(1 / pace)


if __name__ == "__main__":
    main()
