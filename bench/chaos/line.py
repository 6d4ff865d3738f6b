"""The line that the device watches: golden pictures of its bundle in a loop, a run of normal ones, a run of anomalous.

So every run of anomalous frames is one event, and which frames and scores an event may have is known beforehand.
"""

from dataclasses import dataclass
from pathlib import Path

from linewatch.protos.bundle import GoldenPicture, read_bundle

SITE = "chaos"
DEVICE = "box"
CAMERA = "line"
RUN_FRAMES = 4
PERIOD_FRAMES = 2 * RUN_FRAMES
_ROOM_BYTES = 8 << 30  # what is given up for want of room is another bench
_TARGET = "onnx-cpu-int8"

_CONFIG = """\
[device]
site = "{site}"
name = "{device}"
state = "{state}"

[[cameras]]
name = "{camera}"
source = "simulated:{pictures}"
mode = "all"
fps = {fps}

[inference]
bundle = "{bundle}"

[decision]
close_after = 2
update_seconds = {update_seconds}

[ring]
frames = 256

[spool]
max_bytes = {max_bytes}

[publish]
port = {port}
ack_timeout_seconds = 1.0
ack_timeout_max_seconds = 4.0
reconnect_min_seconds = 0.05
reconnect_max_seconds = 0.5
drain_seconds = 60.0
"""


@dataclass(frozen=True, kw_only=True)
class Line:
    """The bundle, the score that its anomalous frames have, and how far from it a device may be (see `GoldenCheck`)."""

    bundle_digest: str
    threshold: float
    score: float
    tolerance: float


def lay_line(folder: Path, bundle_folder: Path) -> Line:
    """Write the pictures of one period to `folder`.

    Raises:
        ValueError: the bundle's golden pictures are all normal, or all anomalous.
    """
    bundle = read_bundle(bundle_folder)
    golden = bundle.manifest.golden
    limit = bundle.target(_TARGET).threshold.score
    # Far from the threshold, so that no tolerance makes the one the other.
    ordered = sorted(golden.pictures, key=_score)
    normal, anomalous = ordered[0], ordered[-1]
    if not _score(normal) < limit < _score(anomalous) - golden.score_tolerance * max(1.0, _score(anomalous)):
        raise ValueError(f"{bundle_folder} has no golden pictures on both sides of its threshold; name another bundle")
    folder.mkdir()
    for number in range(PERIOD_FRAMES):
        shown = anomalous if is_anomalous(number) else normal
        (folder / f"{number}.png").write_bytes(bundle.read(shown.path))
    return Line(bundle_digest=bundle.digest, threshold=limit, score=_score(anomalous), tolerance=golden.score_tolerance)


def is_anomalous(frame: int) -> bool:
    """Whether frame number `frame` of a boot shows an anomaly."""
    return frame % PERIOD_FRAMES >= RUN_FRAMES


def write_config(folder: Path, *, bundle: Path, port: int, fps: float) -> Path:
    """The device's configuration, in `folder`. Where the device is slower than its camera, the camera waits."""
    path = folder / "edge.toml"
    path.write_text(
        _CONFIG.format(
            site=SITE,
            device=DEVICE,
            camera=CAMERA,
            state=folder / "state",
            pictures=folder / "pictures",
            fps=f"{fps:.1f}",
            max_bytes=_ROOM_BYTES,
            bundle=bundle.resolve(),
            update_seconds=f"{2 / fps:.4f}",
            port=port,
        ),
        encoding="utf-8",
    )
    return path


def _score(picture: GoldenPicture) -> float:
    return picture.scores[_TARGET]
