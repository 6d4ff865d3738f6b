"""What a device does with a registry that cannot be trusted, case by case, with the real processes.

`linewatch cloud up` serves a registry; a device with ONNX Runtime serves release 1 of a bundle and looks for
release 2, which differs in every file. Each case spoils one thing (one flipped bit in each file in turn, expired or
older metadata, another site, ...) and must be refused with its own error while release 1 stays whole and serving.
`python -m bench.tamper BUNDLE` prints {case: refused with} as JSON.
"""

import argparse
import dataclasses
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.record import Record, at_least, seen
from bench.tamper_rig import Device, Rig
from linewatch.edge.agent.log import set_up_logs

Spoil = Callable[[Device], dict[str, Any]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """What is spoiled, and the error that must come of it (none: release 2 is taken).

    `spoil` gives settings of the device to change; `newer_device` starts from one that serves release 2.
    """

    name: str
    expected: str
    spoil: Spoil
    newer_device: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a case; `kept`: the old bundle is current, whole and serving."""

    case: str
    expected: str
    refused_with: str
    message: str
    kept: bool

    @property
    def right(self) -> bool:
        """Refused as it must be, and nothing lost; or taken, where nothing was wrong."""
        return self.refused_with == self.expected and self.kept == bool(self.expected)


def measure(bundle: Path) -> list[Record]:
    """The share of cases that were refused with their own error while the old bundle went on serving."""
    outcomes = run(bundle)
    command = "make bench ARGS=tamper"
    right = sum(outcome.right for outcome in outcomes)
    return [
        seen("tamper_cases", len(outcomes), unit="cases", command=command),
        at_least("tamper_refused_share", right / len(outcomes), 1.0, unit="share of cases", command=command, limit="1"),
    ]


def run(bundle: Path) -> list[Outcome]:
    """Every case with `bundle`."""
    with tempfile.TemporaryDirectory(prefix="linewatch-tamper-") as scratch, Rig.up(bundle, Path(scratch)) as rig:
        return [_judge(rig, case) for case in list(cases(rig))]


def _judge(rig: Rig, case: Case) -> Outcome:
    rig.serve_second()
    with rig.device(newer=case.newer_device) as device:
        status = device.look(**case.spoil(device))
        return Outcome(
            case=case.name,
            expected=case.expected,
            refused_with=status.refused_with or status.failed_with,
            message=status.refusal or status.trouble,
            kept=device.serves_as_before(),
        )


def cases(rig: Rig) -> Iterator[Case]:
    """All of them; the first is the control."""
    yield Case(name="nothing is spoiled", expected="", spoil=lambda _: {})
    yield Case(name="one bit of the manifest", expected="ManifestNotTrusted", spoil=_flip(rig.manifest))
    for name, blob in rig.blobs.items():
        yield Case(name=f"one bit of {name}", expected="FileNotTrusted", spoil=_flip(blob))
    for path in rig.metadata:
        yield Case(name=f"one bit of {path.name}", expected="MetadataNotTrusted", spoil=_flip(path))
    yield Case(name="one bit of the trusted root", expected="TrustedRootError", spoil=_spoil_trusted_root)
    yield Case(name="expired metadata", expected="MetadataExpired", spoil=_expire)
    yield Case(name="older metadata", expected="MetadataRolledBack", spoil=_go_back, newer_device=True)
    yield Case(
        name="older release, memory of metadata wiped",
        expected="OlderRelease",
        spoil=_go_back_and_wipe,
        newer_device=True,
    )
    yield Case(name="another site's bundle", expected="WrongSite", spoil=_offer_other_site)
    yield Case(name="signed manifest that breaks a rule", expected="BundleBroken", spoil=_offer_broken)
    yield Case(name="other golden scores", expected="GoldenCheckFailed", spoil=_offer_other_scores)
    yield Case(name="unknown bundle", expected="UnknownBundle", spoil=lambda _: {"bundle": "no-such"})
    yield Case(name="registry of a stranger", expected="MetadataNotTrusted", spoil=_trust_a_stranger)
    yield Case(name="registry is away", expected="RegistryUnreachable", spoil=_away)
    yield Case(name="registry dribbles", expected="RegistryTooSlow", spoil=_dribble)
    yield Case(name="disk is full", expected="DiskFull", spoil=lambda _: {"keep_free_bytes": 1 << 60})


def _flip(path: Path) -> Spoil:
    def spoil(_: Device) -> dict[str, Any]:
        _flip_file(path)
        return {}

    return spoil


def _flip_file(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _spoil_trusted_root(device: Device) -> dict[str, Any]:
    root = device.state / "spoiled.json"
    shutil.copy(device.root, root)
    _flip_file(root)
    return {"trusted_root": root}


def _expire(device: Device) -> dict[str, Any]:
    device.rig.repository(lambda: datetime.now(UTC) - timedelta(days=400)).commit([])
    return {}


def _go_back(device: Device) -> dict[str, Any]:
    device.rig.serve_first()
    return {}


def _go_back_and_wipe(device: Device) -> dict[str, Any]:
    device.rig.serve_first()
    shutil.rmtree(device.state / "tuf")
    return {}


def _offer_other_site(device: Device) -> dict[str, Any]:
    device.rig.offer(device.rig.publish(device.rig.second, site="elsewhere"))
    return {}


def _offer_broken(device: Device) -> dict[str, Any]:
    device.rig.offer(b"{}")
    return {}


def _offer_other_scores(device: Device) -> dict[str, Any]:
    device.rig.publish(device.rig.with_other_scores())
    return {}


def _trust_a_stranger(device: Device) -> dict[str, Any]:
    return {"trusted_root": device.rig.strangers_root()}


def _away(_: Device) -> dict[str, Any]:
    return {"registry": "http://127.0.0.1:9/registry"}


def _dribble(device: Device) -> dict[str, Any]:
    address = device.beside(_dribbling())
    return {"registry": f"{address}/registry", "minimum_bytes_per_second": 10_000, "stall_seconds": 0.5}


@contextmanager
def _dribbling() -> Iterator[str]:
    """A server that sends a byte every 20 ms."""
    ending = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "root" in self.path:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            while not ending.wait(0.02):
                self.wfile.write(b" ")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> int:
    """Print {case: refused with}; exit code 1 where a case came out wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.tamper", description=__doc__)
    parser.add_argument("bundle", type=Path, help="a folder that `linewatch compile` wrote")
    parser.add_argument("--messages", action="store_true", help="print what the device says about each case as well")
    arguments = parser.parse_args()
    set_up_logs(verbose=False)  # to standard error: standard output is the answer
    outcomes = run(arguments.bundle)
    if arguments.messages:
        table: object = {outcome.case: dataclasses.asdict(outcome) for outcome in outcomes}
    else:
        table = {outcome.case: outcome.refused_with for outcome in outcomes}
    sys.stdout.write(json.dumps(table, indent=1) + "\n")
    wrong = [outcome for outcome in outcomes if not outcome.right]
    for outcome in wrong:
        sys.stderr.write(f"wrong: {outcome}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
