"""One H.264 file of 1920 x 1080 pixels, from the file to decisions, beside what its parts take alone.

The roof is cores / (seconds to decode a frame + seconds that the graph takes for one), both measured alone, on one core
each, in turn with the agent on all cores. The graph is given the pixels that it looks at and no others, so that all
that lies between decoder and graph counts against the agent: copies, colours, processes, threads, decisions.
Cores share caches, memory and sometimes more: what decoding and judging take when every core does them at once, with
nothing between the cores, is measured beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.edge_throughput import draw_pictures, graph_ms
from bench.record import Record, at_least, at_most, seen
from linewatch.protos.bundle import read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linewatch.edge.capture.picture import Picture, UInt8Array
    from linewatch.edge.infer.model import Model

COMMAND = "make bench ARGS=h264"
CORES, ROUNDS = 2, 5
GOAL = 0.85
WIDTH, HEIGHT = 1920, 1080
FRAMES, PLAYS = 300, 6
"""Frames that are drawn, and how often the film shows them."""
BIT_RATE = 8_000_000
"""A second of 25 frames, as cameras of this size send it."""
_FPS, _KEY_FRAMES = 25, 50
_COMPARED = 12
_STEP, _NOISE = 5, 1.5
"""Pixels that the belt moves from frame to frame, and deviation of the sensor's noise."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Milliseconds a frame, each alone on one core.

    And how far scores of frames in their own form are from those of the same frames in RGB, at most, in the unit of the
    golden check: RGB of our own making, and of FFmpeg's.
    """

    decode_ms: float
    model_ms: float
    own_rgb_error: float
    ffmpeg_rgb_error: float

    @property
    def fps(self) -> float:
        """Frames a second that one core could decode and judge."""
        return 1000 / (self.decode_ms + self.model_ms)


@dataclass(frozen=True, kw_only=True)
class Whole:
    """The agent on all cores: frames a second, and milliseconds of processor that all its processes took for one."""

    fps: float
    cpu_ms: float


def measure(bundle: Path) -> list[Record]:
    """Frames a second of the file, and what share of the roof that is."""
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        film = draw_film(draw_pictures(Path(scratch) / "pictures.npy"), Path(scratch) / "film.h264")
        rounds = [_round(bundle, film) for _ in range(ROUNDS)]
    roofs = [CORES * parts.fps for parts, _, _ in rounds]
    ratio = median(whole.fps / roof for (_, _, whole), roof in zip(rounds, roofs, strict=True))
    at_once = median(sum(one.fps for one in parts) / roof for (_, parts, _), roof in zip(rounds, roofs, strict=True))
    fps = median(whole.fps for _, _, whole in rounds)
    alone = [parts for parts, _, _ in rounds]
    own, ffmpeg = max(one.own_rgb_error for one in alone), max(one.ffmpeg_rgb_error for one in alone)
    tolerance = read_bundle(bundle).manifest.golden.score_tolerance
    limit = f"{median(roofs):.0f}: decoding and the graph alone, on {CORES} cores"
    return [
        at_least(
            "h264_1080p_ratio",
            ratio,
            GOAL,
            unit="of the roof",
            command=COMMAND,
            limit=f"{at_once:.2f}: the parts on all cores at once",
        ),
        seen("h264_1080p_parts_at_once_ratio", at_once, unit="of the roof", command=COMMAND, limit="1"),
        seen("h264_1080p_fps", fps, unit="frames/s", command=COMMAND, limit=limit),
        seen("h264_1080p_decode_ms", median(one.decode_ms for one in alone), unit="ms", command=COMMAND),
        seen("h264_1080p_model_ms", median(one.model_ms for one in alone), unit="ms", command=COMMAND),
        at_most("h264_score_error", own, tolerance, unit="of the score", command=COMMAND),
        at_most("h264_score_error_to_ffmpeg", ffmpeg, tolerance, unit="of the score", command=COMMAND),
        seen("h264_1080p_cpu_ms", median(whole.cpu_ms for _, _, whole in rounds), unit="ms", command=COMMAND),
    ]


def draw_film(pictures: Path, film: Path) -> Path:
    """Write a film to `film`: the parts of `pictures` side by side on a belt that moves, with noise."""
    import av

    stream_of_bytes = film.with_suffix(".once.h264")
    with av.open(str(stream_of_bytes), "w", format="h264") as container:
        stream = container.add_stream("libx264", rate=_FPS, options={"preset": "veryfast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate, stream.gop_size = BIT_RATE, _KEY_FRAMES
        for picture in _belt(pictures):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    film.write_bytes(PLAYS * stream_of_bytes.read_bytes())
    return film


def _belt(pictures: Path) -> Iterator[UInt8Array]:
    import cv2
    import numpy as np

    random = np.random.default_rng(0)
    parts = [cv2.resize(part, None, fx=HEIGHT / part.shape[0], fy=HEIGHT / part.shape[0]) for part in np.load(pictures)]
    belt = np.concatenate(parts, axis=1)
    noise = random.normal(0, _NOISE, (HEIGHT, 2 * WIDTH, 1)).astype(np.float32)
    for number in range(FRAMES):
        left, shift = number * _STEP, int(random.integers(WIDTH))
        view = belt[:HEIGHT, left : left + WIDTH] + noise[:, shift : shift + WIDTH]
        yield np.clip(view, 0, 255).astype(np.uint8)


def _round(bundle: Path, film: Path) -> tuple[Parts, list[Parts], Whole]:
    """The parts on one core, the parts on each core at once, and the agent on all of them."""
    (alone,) = _run("parts", bundle, film, cores=1)
    at_once = _run("parts", bundle, film, cores=CORES)
    (whole,) = _run("whole", bundle, film, cores=1)
    return Parts(**alone), [Parts(**one) for one in at_once], Whole(**whole)


def _run(role: str, bundle: Path, film: Path, cores: int) -> list[dict[str, float]]:
    """What `cores` processes measured that began together, each for a core of its own."""
    children = []
    for core in range(cores):
        words = [sys.executable, "-m", "bench.video_file", role, str(bundle), str(film), "--core", str(core)]
        children.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True))
    told = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise RuntimeError(f"python -m bench.video_file {role} failed")
    return [json.loads(one) for one in told]


def measure_parts(bundle: Path, film: Path, core: int) -> Parts:
    """Decode the film, and then judge one of its frames again and again, each on core number `core` from the last."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1 - core]})
    import av

    from linewatch.edge.infer.model import load_model

    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        begun = time.perf_counter()
        frames = sum(1 for _ in container.decode(stream))
        decode_ms = 1000 * (time.perf_counter() - begun) / frames
    model, compared = load_model(bundle), _in_both_forms(film)
    looked_at = model.fit(compared[0][0])
    return Parts(
        decode_ms=decode_ms,
        model_ms=graph_ms(lambda: model.judge(looked_at)),
        own_rgb_error=max(_error(model, picture, picture.rgb()) for picture, _ in compared),
        ffmpeg_rgb_error=max(_error(model, picture, rgb) for picture, rgb in compared),
    )


def _in_both_forms(film: Path) -> list[tuple[Picture, UInt8Array]]:
    """The first frames of the film as the agent has them, and in FFmpeg's RGB."""
    import av
    import numpy as np

    from linewatch.edge.capture.av_video import AvVideo
    from linewatch.edge.capture.picture import as_picture

    pairs = []
    with av.open(str(film)) as container, closing(AvVideo(str(film), live=False)) as video:
        for frame in islice(container.decode(video=0), _COMPARED):
            pixels = video.read()
            assert pixels is not None
            pairs.append((as_picture(pixels), np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)))
    return pairs


def _error(model: Model, picture: Picture, rgb: UInt8Array) -> float:
    one, other = model.judge(picture).score, model.judge(rgb).score
    return abs(one - other) / max(1.0, other)


def measure_whole(bundle: Path, film: Path, _: int) -> Whole:
    """Be the agent."""
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[-CORES:]))
    import structlog

    from linewatch.edge.agent.agent import Agent
    from linewatch.edge.agent.settle import settle_process
    from linewatch.edge.capture.camera import plan_camera
    from linewatch.edge.capture.settings import CameraSettings

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    settle_process()
    camera = plan_camera(CameraSettings(name="bench", source=str(film)))
    agent = Agent([camera], record=lambda _: None, log=structlog.get_logger())
    agent.swap(bundle)
    before = _cpu_s()
    agent.start()
    agent.wait()
    report = agent.stop()
    if report.frames != FRAMES * PLAYS or report.frames_skipped:
        raise RuntimeError(f"{report.frames} of {FRAMES * PLAYS} frames judged, {report.frames_skipped} skipped")
    return Whole(fps=report.fps, cpu_ms=1000 * (_cpu_s() - before) / report.frames)


def _cpu_s() -> float:
    """Of this process and of those that it ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    """Be one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=["parts", "whole"])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("film", type=Path)
    parser.add_argument("--core", type=int, default=0)
    arguments = parser.parse_args()
    role = measure_parts if arguments.role == "parts" else measure_whole
    print(json.dumps(asdict(role(arguments.bundle, arguments.film, arguments.core))))  # noqa: T201


if __name__ == "__main__":
    main()
