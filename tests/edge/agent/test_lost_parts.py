"""The gate hears of parts that nobody judged."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from structlog.typing import FilteringBoundLogger

from edge.keeping import keeping
from edge.tiny_bundle import grey_frame, make_bundle
from linewatch.edge.agent.agent import Agent
from linewatch.edge.capture.attention import Attention
from linewatch.edge.capture.camera import Camera
from linewatch.edge.capture.parts import ByTrigger
from linewatch.edge.capture.picture import Picture, Pixels
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.capture.stream import InProcess
from linewatch.edge.decide.settings import DecisionSettings, PartSettings
from linewatch.edge.driver import FramePort

TORN = Picture(PixelForm.RGB8, (np.zeros((96, 128, 4), np.uint8),))
CONFIGURATION = """
[device]
state = "state"
[[cameras]]
name = "line"
source = "driver:line.sock"
[inference]
bundle = "tiny"
workers = 1
[ring]
frames = 1
[decision]
mode = "part"
part = { frames = 1, verdict_socket = "gate.sock" }
"""
PARTS = 120


class Gate:
    """Hears verdicts as they come."""

    def __init__(self, end: socket.socket) -> None:
        self.heard: list[str] = []
        self._end = end
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while said := self._end.recv(100):
            self.heard.append(said.decode())

    def until(self, part: int) -> None:
        """Wait for the verdict on `part`."""
        limit_s = time.monotonic() + 30
        while not (self.heard and self.heard[-1].startswith(f"part {part} ")):
            assert time.monotonic() < limit_s, self.heard
            time.sleep(0.01)

    def close(self) -> None:
        self._end.shutdown(socket.SHUT_RD)
        self._thread.join()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "gate.sock"))
        gate = Gate(end)
        yield gate
        gate.close()


def test_parts_without_a_frame_or_with_one_that_cannot_be_judged_are_unsure_in_their_turn(
    bundle_folder: Path, tmp_path: Path, gate: Gate, log: FilteringBoundLogger
) -> None:
    class Line:
        """Says which part comes before each frame."""

        fps: float | None = None
        _frames: Iterator[tuple[bytes, Pixels]] = iter(
            [
                (b"", grey_frame()),
                (b"part 7", grey_frame()),
                (b"part 8|part 9|part 11", TORN),
                (b"part 12|part 13", grey_frame(spot=True)),
                (b"part 14", grey_frame()),
            ]
        )

        def read(self) -> Pixels | None:
            said, pixels = next(self._frames, (b"part 15", None))
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
                for word in filter(None, said.split(b"|")):
                    end.sendto(word, str(tmp_path / "line.trigger"))
            time.sleep(0.2)
            return pixels

        def close(self) -> None:
            """Nothing is open."""

    camera = Camera(
        name="c",
        open=lambda _: InProcess(Line()),
        attention=lambda: Attention(parts=ByTrigger(tmp_path / "line.trigger", frames=1, delay_s=0.0)),
    )
    rules = DecisionSettings(mode="part", part=PartSettings(frames=1, verdict_socket=tmp_path / "gate.sock"))
    agent = Agent([camera], record=keeping([]), log=log, decision=rules)
    agent.swap(bundle_folder)
    agent.start()
    assert agent.wait(20)
    (report,) = agent.stop().cameras
    gate.until(15)
    assert gate.heard == [
        "part 7 good",
        "part 8 unsure",
        "part 9 unsure",
        "part 11 unsure",
        "part 12 unsure",
        "part 13 bad",
        "part 14 good",
        "part 15 unsure",
    ]
    assert report.parts is not None
    assert (report.parts.unsure, report.parts.missed, report.parts.unheard) == (5, 1, 0)
    assert (report.skipped["inference failed"], report.skipped["untriggered"]) == (1, 1)


def test_the_agent_tells_of_each_part_of_a_line_that_is_too_fast_for_it(tmp_path: Path, gate: Gate) -> None:
    make_bundle(tmp_path / "tiny")
    (tmp_path / "edge.toml").write_text(CONFIGURATION)
    command = [sys.executable, "-c", "from linewatch.edge.cli import main; main()", "run", "--json", "report"]
    large = grey_frame(height=1440, width=1920)

    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as agent:
        try:
            with FramePort(tmp_path / "line.sock", patience_s=30) as port:
                port.deliver(large, part=1)
                gate.until(1)
                for part in range(2, PARTS):
                    port.deliver(large, part=part)
                    time.sleep(0.002)
                time.sleep(1)
                port.deliver(grey_frame(spot=True), part=PARTS)
                gate.until(PARTS)
            agent.send_signal(signal.SIGTERM)
            assert agent.wait(20) == 0
        finally:
            agent.kill()
    (camera,) = json.loads((tmp_path / "report").read_text())["agent"]["cameras"]
    counts = camera["parts"]
    told = [re.fullmatch(r"part (\d+) (good|bad|unsure)", line) for line in gate.heard]
    assert all(told)
    numbers = [int(one[1]) for one in told if one]
    assert numbers == sorted(set(numbers))
    assert len(numbers) + counts["unheard"] + counts["missed"] == PARTS
    assert gate.heard[-1] == f"part {PARTS} bad"
    # What the driver found no room for has no number here; what came and gave way has.
    assert counts["missed"] <= camera["skipped"]["overrun"] - counts["unsure"]
    assert counts["unsure"] > 0
