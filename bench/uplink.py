"""Bytes on the wire of an event-only device beside the same film as H.264, with pictures of the anomalies and without.

Two real agents, `linewatch-edge run`, get the frames of the project's line through their driver ports, every one of
them; the one without pictures is configured for the thinnest uplink, MQTT 3.1.1, which carries no CloudEvents
attributes. What each sends to a real mosquitto, and gets from it, passes a relay that counts. The cloud's event service
stores the events; each defective part of the film has to be among them. One of a hundred parts is defective. The
same frames are encoded by x264 as for a network (veryfast, CRF 20). The film ends without goodbye to anything:
connecting, acknowledgements and status messages are counted too.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import track

from bench.chaos.rig import broker_command
from bench.record import Record, at_least, at_most, seen
from bench.relay import Relay
from linewatch.cloud.demo.children import installed_command
from linewatch.cloud.demo.ports import free_ports
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.cloud.samples.camera import HEIGHT, WIDTH
from linewatch.cloud.samples.encoder import NETWORK, Output
from linewatch.cloud.samples.film import DWELL, FRAMES_PER_SECOND, film
from linewatch.cloud.samples.video import intervals, without_picture
from linewatch.edge.driver import FramePort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linewatch.cloud.events.stored_event import StoredEvent
    from linewatch.cloud.samples.film import Frame
    from linewatch.cloud.samples.video import Interval

COMMAND = "make bench ARGS=uplink"
PARTS, DEFECTIVE_EVERY = 400, 100
GOALS = {"crops": 100.0, "bare": 1000.0}
_GOODBYE_S = 60.0

_CONFIG = """\
[device]
site = "line"
name = "{name}"
state = "{folder}/{name}"

[[cameras]]
name = "line-1"
source = "driver:{folder}/{name}.sock"
mode = "all"

[inference]
bundle = "{bundle}"

[evidence]
pictures = {pictures}

[publish]
port = {port}
protocol = "{protocol}"
"""
_SENT = {"crops": {"pictures": "true", "protocol": "auto"}, "bare": {"pictures": "false", "protocol": "3.1.1"}}


@dataclass(frozen=True, kw_only=True)
class Device:
    """One agent with its relay to the broker."""

    name: str
    process: subprocess.Popen[bytes]
    relay: Relay
    socket: Path


def measure(bundle: Path, parts: int = PARTS) -> list[Record]:
    """Records of both ratios, and of what was found."""
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        port = free_ports(1)[0]
        url = f"sqlite:///{folder}/events.db"
        cloud = [sys.executable, "-m", "linewatch.cloud.events", "--port", str(port), "--url", url]
        for command in (broker_command(folder, "mosquitto", port), cloud):
            _start(stack, command, folder / "cloud.log")
        devices = [_device(stack, folder, bundle, name, port) for name in GOALS]
        truth, video_bytes = _show(folder, devices, parts)
        for device in devices:
            device.process.send_signal(signal.SIGTERM)
            device.process.wait(_GOODBYE_S)
        store = EventStore(StoreSettings(url=url))
        stored = store.events()
        store.close()
        return _records(devices, truth, video_bytes, stored)


def _show(folder: Path, devices: Sequence[Device], parts: int) -> tuple[list[Interval], int]:
    """Show the film to all devices and encode it; gives what is defective in it, and the bytes of the video."""
    shown: list[Frame] = []
    video = folder / "film.mp4"
    output = Output(video, NETWORK, WIDTH, HEIGHT, FRAMES_PER_SECOND)
    with ExitStack() as stack:
        ports = [stack.enter_context(FramePort(device.socket, fps=FRAMES_PER_SECOND)) for device in devices]
        frames = film(0, parts * DWELL, DEFECTIVE_EVERY)
        for frame in track(frames, "filming", parts * DWELL, transient=True):
            output.write(frame.picture)
            for port in ports:
                port.deliver(frame.picture)
            shown.append(without_picture(frame))
    output.close()
    return list(intervals(shown)), video.stat().st_size


def _records(
    devices: Sequence[Device], truth: Sequence[Interval], video_bytes: int, stored: Sequence[StoredEvent]
) -> list[Record]:
    records: list[Record] = []
    for device in devices:
        events = [event for event in stored if event.device == device.name and event.kind == "anomaly"]
        sent = device.relay.bytes_up + device.relay.bytes_down
        ratio = f"uplink_ratio_{device.name}"
        records += [
            at_least(ratio, video_bytes / sent, GOALS[device.name], unit="times fewer bytes", command=COMMAND),
            at_most(f"{ratio}_missed", _missed(truth, events), 0, unit=f"of {len(truth)} anomalies", command=COMMAND),
            seen(f"{ratio}_bytes", sent, unit="bytes both ways", command=COMMAND),
            seen(f"{ratio}_events", len({event.event_id for event in events}), unit="events", command=COMMAND),
        ]
    return [*records, seen("uplink_h264_bytes", video_bytes, unit="bytes", command=COMMAND)]


def _missed(truth: Sequence[Interval], events: Sequence[StoredEvent]) -> int:
    """Defective parts that no event is about."""
    return sum(
        not any(event.first_frame <= part.last and event.last_frame >= part.first for event in events) for part in truth
    )


def _device(stack: ExitStack, folder: Path, bundle: Path, name: str, broker: int) -> Device:
    relay = stack.enter_context(Relay(broker))
    config = folder / f"{name}.toml"
    text = _CONFIG.format(folder=folder, name=name, bundle=bundle.resolve(), port=relay.port, **_SENT[name])
    config.write_text(text, encoding="utf-8")
    command = [installed_command("linewatch-edge"), "run", "--config", str(config)]
    process = _start(stack, command, folder / f"{name}.log")
    return Device(name=name, process=process, relay=relay, socket=folder / f"{name}.sock")


def _start(stack: ExitStack, command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process
