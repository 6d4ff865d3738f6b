"""Shows the defective parts that raised no event."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import av

from linewatch.cloud.charts.exhibit import Exhibit
from linewatch.cloud.charts.heat import jpeg
from linewatch.cloud.demo.exhibits import heated
from linewatch.cloud.demo.layout import OPEN_AFTER, OPEN_WINDOW
from linewatch.cloud.demo.showing import Showing
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.teacher import FloatArray, UInt8Array
from linewatch.protos.bundle import Bundle


def missed_exhibits(film: Path, missed: Sequence[Showing], bundle: Bundle) -> list[Exhibit]:
    """For each of the parts that were `missed` the frame of `film` in which `bundle` saw most of it."""
    judge = Judge(bundle.read(bundle.manifest.targets[0].graph_path))
    return [_exhibit(showing, frames, judge) for showing, frames in _seen(film, missed)]


def _exhibit(showing: Showing, frames: Sequence[UInt8Array], judge: Judge) -> Exhibit:
    scored: list[tuple[float, UInt8Array, FloatArray]] = []
    for frame in frames:
        verdict = judge([frame])
        scored.append((float(verdict.scores[0]), frame, verdict.maps[0]))
    score, picture, heat = max(scored, key=lambda one: one[0])
    anomalous = sum(one[0] >= 1 for one in scored)
    return Exhibit(
        title=showing.told,
        text=f"highest score {score:.2f}; anomalous in {anomalous} of {len(frames)} frames, where an event takes "
        f"{OPEN_AFTER} of {OPEN_WINDOW}",
        picture_jpeg=jpeg(picture),
        heat_jpeg=heated(picture, heat),
    )


def _seen(film: Path, showings: Sequence[Showing]) -> Iterator[tuple[Showing, list[UInt8Array]]]:
    """Each of `showings`, in order of time and apart, with its frames of `film`."""
    if not showings:
        return
    waiting = iter(showings)
    showing, frames = next(waiting), list[UInt8Array]()
    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number >= showing.first:
                frames.append(frame.to_ndarray(format="rgb24").astype("uint8"))
            if number == showing.last:
                yield showing, frames
                following = next(waiting, None)
                if following is None:
                    return
                showing, frames = following, []
