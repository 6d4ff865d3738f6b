"""A spool that dies at any moment: what it said is kept is kept, what it was told to forget is gone, nothing else."""

import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linewatch.edge.decide.event import EventIdentity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.spool.ledger import chain_over, payload_digest
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool

_CHILD = """
import sys
from pathlib import Path
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool

spool = Spool(Path(sys.argv[1]), SpoolSettings(), site="site", device="device")
print("boot", spool.boot, flush=True)
for number in range(100_000):
    identity = spool.record(simulated_event(number))
    print("kept", identity.sequence, flush=True)
    if number % 3 == 2:
        print("forgetting", identity.sequence - 1, flush=True)
        spool.forget(spool.boot, [(identity.sequence - 1, identity.sequence - 1)])
        print("forgot", identity.sequence - 1, flush=True)
"""


def expected_digest(boot: str, sequence: int, number: int) -> bytes:
    identity = EventIdentity(device="device", boot=boot, sequence=sequence)
    return payload_digest(to_proto(simulated_event(number), identity, "site").SerializeToString(deterministic=True))


@pytest.mark.parametrize("seed", range(4))
def test_kill_dash_nine_keeps_exactly_what_was_promised(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "spool.db"
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    boot = child.stdout.readline().split()[1]
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(child.stdout or ()))
    reader.start()
    time.sleep(random.Random(seed).uniform(0.05, 0.4))
    child.kill()
    child.wait()
    reader.join()
    child.stdout.close()

    said: dict[str, set[int]] = {"kept": set(), "forgetting": set(), "forgot": set()}
    for line in lines:
        if line.endswith("\n"):
            word, sequence = line.split()
            said[word].add(int(sequence))
    Spool(path, SpoolSettings(), site="site", device="device").close()
    report = read_report(path)
    waiting = {sequence for owner, sequence in report.waiting if owner == boot}
    assert said["kept"] - said["forgetting"] <= waiting
    assert not waiting & said["forgot"]
    ledger = next((ledger for ledger in report.ledgers if ledger.boot == boot), None)
    last = ledger.last_sequence if ledger else 0
    assert max(said["kept"], default=0) <= last <= max(said["kept"], default=0) + 1
    if ledger:
        assert ledger.chain == chain_over(expected_digest(boot, n, n - 1) for n in range(1, last + 1))


_steps = st.lists(
    st.one_of(
        st.just(("record",)),
        st.tuples(st.just("forget"), st.integers(0, 3), st.integers(0, 12), st.integers(0, 12)),
        st.just(("reopen",)),
        st.just(("crash",)),
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(steps=_steps)
def test_any_history_with_crashes_leaves_the_spool_equal_to_its_model(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        History(Path(folder)).play(steps)


class History:
    """Plays steps on a real spool beside a plain model of it; a crash goes on from a copy of the files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.crashes = 0
        self.path = folder / "0" / "spool.db"
        self.spool = self.open()
        self.boots = [self.spool.boot]
        self.waiting: list[tuple[str, int]] = []
        self.last: dict[str, int] = {}

    def open(self) -> Spool:
        return Spool(self.path, SpoolSettings(), site="site", device="device")

    def play(self, steps: list[tuple[object, ...]]) -> None:
        for step, *arguments in steps:
            getattr(self, str(step))(*arguments)
        assert [(message.boot, message.sequence) for message in self.spool.pending(limit=1000)] == self.waiting
        self.spool.close()
        report = read_report(self.path)
        assert list(report.waiting) == self.waiting
        assert {ledger.boot: ledger.last_sequence for ledger in report.ledgers} == self.last

    def record(self) -> None:
        identity = self.spool.record(simulated_event(len(self.waiting), evidence_bytes=10))
        self.waiting.append((identity.boot, identity.sequence))
        self.last[identity.boot] = identity.sequence

    def forget(self, boot_index: int, first: int, last: int) -> None:
        boot = self.boots[boot_index % len(self.boots)]
        gone = self.spool.forget(boot, [(first, last)])
        kept = [(b, s) for b, s in self.waiting if not (b == boot and first <= s <= last)]
        assert gone == len(self.waiting) - len(kept)
        self.waiting = kept

    def reopen(self) -> None:
        self.spool.close()
        self.spool = self.open()
        self.boots.append(self.spool.boot)

    def crash(self) -> None:
        self.crashes += 1
        grave = self.path.parent
        self.path = self.folder / str(self.crashes) / "spool.db"
        self.path.parent.mkdir()
        for name in ("spool.db", "spool.db-wal"):
            if (grave / name).exists():
                shutil.copy(grave / name, self.path.parent / name)
        self.spool.close()
        self.spool = self.open()
        self.boots.append(self.spool.boot)
