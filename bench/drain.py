"""`python -m bench.drain`: how fast a backlog leaves the spool when its broker and cloud are back.

Real processes: mosquitto, the cloud's ingest into SQLite, and a device of which only spool and publisher run. A message
counts when the cloud has acknowledged it after its commit, and the spool has forgotten it.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.chaos.part import Part
from bench.chaos.rig import BrokerKind, broker_part, cloud_part, find_mosquitto
from bench.record import Record, at_least, seen
from linewatch.cloud.demo.ports import free_ports
from linewatch.edge.publish.publisher import Publisher
from linewatch.edge.publish.settings import PublishSettings
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool

COMMAND = "python -m bench.drain"
MESSAGES = 20_000
GOAL_PER_S = 2000.0
_EVIDENCE_BYTES = 2000
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Drained:
    """What a drain took. `cpu_s` are seconds of processor time by process."""

    messages: int
    seconds: float
    cpu_s: dict[str, float]

    @property
    def per_s(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def drain(folder: Path, messages: int = MESSAGES, kind: BrokerKind = "mosquitto") -> Drained:
    """Fill a spool in `folder` while nobody listens, then let it drain.

    Raises:
        TimeoutError: the cloud has not acknowledged everything after two minutes.
        FileNotFoundError: there is no such broker here.
    """
    (port,) = free_ports(1)
    broker, cloud = broker_part(folder, kind, port), cloud_part(folder, port)
    with Spool(folder / "spool.db", SpoolSettings(), site="bench", device="box") as spool:
        for future in [spool.submit(simulated_event(n, evidence_bytes=_EVIDENCE_BYTES)) for n in range(messages)]:
            future.result()
        with broker, cloud, Publisher(spool, PublishSettings(port=port, reconnect_max_seconds=0.5)) as publisher:
            _wait(spool, messages - 1)
            begun, before = time.monotonic(), _cpu(broker, cloud)
            left = spool.stats().waiting_messages
            _wait(spool, 0)
            seconds, after = time.monotonic() - begun, _cpu(broker, cloud)
            publisher.stop(0.0)
            cloud.end()
            broker.end()
    return Drained(messages=left, seconds=seconds, cpu_s={name: after[name] - before[name] for name in before})


def measure() -> list[Record]:
    """The records of `make bench`."""
    if not find_mosquitto():
        return []
    with tempfile.TemporaryDirectory(prefix="linewatch-drain-") as folder:
        return records(drain(Path(folder)))


def records(done: Drained) -> list[Record]:
    """Speed, and where the time went."""
    spent = [seen(f"drain cpu {name}", used, unit="s", command=COMMAND) for name, used in done.cpu_s.items()]
    return [at_least("drain_per_s", done.per_s, GOAL_PER_S, unit="messages/s", command=COMMAND), *spent]


def _wait(spool: Spool, most: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (waiting := spool.stats().waiting_messages) > most:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{waiting} messages still wait for the cloud after {_PATIENCE_SECONDS:.0f} s")
        time.sleep(0.01)


def _cpu(*parts: Part) -> dict[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {"device": own.ru_utime + own.ru_stime, **{part.name: _cpu_of(part.pid) for part in parts}}


def _cpu_of(pid: int) -> float:
    """User and system time of a process, as proc(5) counts it."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print what a drain took."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linewatch-drain-") as folder:
        done = drain(Path(folder), arguments.messages)
    spent = ", ".join(f"{name} {used:.1f} s" for name, used in done.cpu_s.items())
    sys.stdout.write(f"{done.messages} messages in {done.seconds:.1f} s: {done.per_s:.0f}/s; processor: {spent}\n")


if __name__ == "__main__":
    main()
