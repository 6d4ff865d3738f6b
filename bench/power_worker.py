"""The process whose disk loses its power: `python -m bench.power_worker spool PATH`, or `install` or `return`.

It says on standard output what it was promised, and nothing that it was not.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag

import structlog

from bench.tamper_rig import Serving
from linewatch.edge.decide.event import AnomalyEvent, Evidence, HeatMap, Phase, Region
from linewatch.edge.errors import EdgeError, PromiseBroken
from linewatch.edge.infer.engine import Engine
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.spool import Spool
from linewatch.edge.update.client import look
from linewatch.edge.update.machine import State
from linewatch.edge.update.message import Message, Request, failure
from linewatch.edge.update.settings import UpdateSettings
from linewatch.edge.update.store import BundleStore
from linewatch.edge.update.updater import Updater

READY = "ready"
SITE = "bench"
_JPEG_BYTES = 6000
_LINGER_S = 60.0


def spool(path: Path) -> None:
    """Record events until the end, and say the number of each that is kept."""
    with Spool(path, SpoolSettings(), site=SITE, device="d") as opened:
        for number in range(1_000_000):
            if number == 1:
                _say(READY)
            _say(str(opened.record(_event(number)).sequence))


def install(state: Path, settings: UpdateSettings, *, returns: bool) -> None:
    """Take the newest release once told to, as an agent does, and say what serves; then perhaps return from it."""
    current = BundleStore(state).current() or ""
    updater = Updater(settings, SITE, state, Serving(Engine()), serving=current, run=_here)
    _say(READY)
    sys.stdin.readline()
    status = updater.check()
    if status.state is State.SERVING:
        _say(status.serving)
    if returns:
        status = updater.go_back(PromiseBroken("far too many alarms"))
        if status.refused_with == PromiseBroken.__name__:
            _say(status.serving)
    time.sleep(_LINGER_S)


def _here(request: Request, _: Flag) -> Iterator[Message]:
    """What the update process does, in this one: a process of its own would hold the moments of the disk apart."""
    told: list[Message] = []
    try:
        look(request, told.append)
    except EdgeError as error:
        told.append(failure(error))
    yield from told


def _event(number: int) -> AnomalyEvent:
    region = Region(x=1, y=2, width=30, height=40)
    jpeg = number.to_bytes(8, "big") * (_JPEG_BYTES // 8)
    return AnomalyEvent(
        camera=f"line-{number % 3}",
        event_id=f"{number:032x}",
        phase=Phase.OPENED,
        time_unix_ns=time.time_ns(),
        first_frame=number,
        last_frame=number,
        peak_frame=number,
        peak_score=1.5,
        threshold=1.0,
        frames_anomalous=1,
        frame_width=640,
        frame_height=512,
        bundle_digest="0" * 64,
        evidence=Evidence(
            region=region, crop=region, crop_jpeg=jpeg, heat_map=HeatMap(width=8, height=8, cells=bytes(64))
        ),
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do what the arguments say; a disk that is gone ends it."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    what, place, *rest = sys.argv[1:]
    try:
        if what == "spool":
            spool(Path(place))
        else:
            registry, root, bundle = rest
            install(
                Path(place),
                UpdateSettings(
                    enabled=True, registry=registry, trusted_root=Path(root), bundle=bundle, keep_free_bytes=0
                ),
                returns=what == "return",
            )
    except (EdgeError, OSError) as error:
        sys.stderr.write(f"{what}: {error}\n")


if __name__ == "__main__":
    main()
