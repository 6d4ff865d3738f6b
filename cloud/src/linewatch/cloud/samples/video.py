"""Writes the film of the line as video, with the list of what a detector should report."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from linewatch.cloud.errors import CloudError
from linewatch.cloud.samples.camera import HEIGHT, WIDTH
from linewatch.cloud.samples.encoder import twofold_video
from linewatch.cloud.samples.film import FRAMES_PER_SECOND, Frame, film
from linewatch.cloud.samples.part import GOOD
from linewatch.cloud.training.progress import Progress, silent


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Frames `first` to `last`, both included, in which at least half of a part's defect is seen."""

    first: int
    last: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a video shows."""

    frames: int
    frames_per_second: int
    width: int
    height: int
    seed: int
    defective: tuple[Interval, ...]
    """One for each defective part, in order: each is one event that a detector should report."""


def truth_path(video: Path) -> Path:
    """Where the truth of `video` lies: beside it, `<name>.json`."""
    return video.with_suffix(".json")


def write_video(path: Path, seed: int = 0, frames: int = 2000, progress: Progress = silent) -> Truth:
    """Write the film to `path`, and its `Truth` as JSON to `truth_path(path)`; see `encoder` for the second file.

    The suffix names the container: `.avi` or `.mkv`.

    Raises:
        CloudError: see `twofold_video`.
    """
    seen: list[Frame] = []
    with twofold_video(path, width=WIDTH, height=HEIGHT, frames_per_second=FRAMES_PER_SECOND) as video:
        for number, frame in enumerate(film(seed, frames)):
            progress("filming parts", number, frames)
            video.write(frame.picture)
            seen.append(without_picture(frame))
    progress("filming parts", frames, frames)
    truth = Truth(
        frames=frames,
        frames_per_second=FRAMES_PER_SECOND,
        width=WIDTH,
        height=HEIGHT,
        seed=seed,
        defective=tuple(intervals(seen)),
    )
    truth_path(path).write_text(json.dumps(asdict(truth), indent=2) + "\n", encoding="utf-8")
    return truth


def read_truth(video: Path) -> Truth:
    """Read what `write_video` wrote beside `video`.

    Raises:
        CloudError: there is none, or it is no truth.
    """
    path = truth_path(video)
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        table["defective"] = tuple(Interval(**interval) for interval in table["defective"])
        return Truth(**table)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CloudError(f"{path} is no list of defects that can be read ({error}): make the video again") from error


def intervals(frames: Sequence[Frame]) -> Iterator[Interval]:
    """The defective parts that `frames` show one after the other."""
    first = 0
    while first < len(frames):
        last = first
        while last + 1 < len(frames) and frames[last + 1].kind == frames[first].kind:
            last += 1
        if frames[first].kind != GOOD:
            yield _well_seen(frames, first, last)
        first = last + 1


def _well_seen(frames: Sequence[Frame], first: int, last: int) -> Interval:
    pixels = [frame.defect_pixels for frame in frames[first : last + 1]]
    seen = [first + index for index, count in enumerate(pixels) if 2 * count >= max(pixels)]
    return Interval(first=seen[0], last=seen[-1], kind=frames[first].kind)


def without_picture(frame: Frame) -> Frame:
    """What is known of a frame, without its pixels and without the memory that they take."""
    return Frame(picture=frame.picture[:0, :0].copy(), kind=frame.kind, defect_pixels=frame.defect_pixels)
