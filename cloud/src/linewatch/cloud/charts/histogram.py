"""A histogram of scores as SVG: good pictures against defective ones, with the threshold."""

from collections.abc import Sequence

import numpy as np

_WIDTH, _HEIGHT, _MARGIN = 640, 200, 30
_BINS = 40
_COLOURS = {"good": "#2a9d8f", "defective": "#e76f51"}


def score_histogram(good: Sequence[float], defective: Sequence[float], threshold: float) -> str:
    """SVG of two histograms over a logarithmic score axis; empty when there is nothing to show."""
    scores = [*good, *defective]
    if not scores:
        return ""
    low = min(*scores, threshold) * 0.9
    high = max(*scores, threshold) * 1.1
    edges = np.geomspace(max(low, 1e-6), high, _BINS + 1)
    groups = {"good": np.histogram(good, edges)[0], "defective": np.histogram(defective, edges)[0]}
    tallest = max(int(counts.max()) for counts in groups.values()) or 1
    bars = "".join(_bars(counts, tallest, _COLOURS[name]) for name, counts in groups.items())
    place = _MARGIN + (_WIDTH - 2 * _MARGIN) * float(np.log(threshold / edges[0]) / np.log(edges[-1] / edges[0]))
    anchor, side = ("start", 1) if place < _WIDTH / 2 else ("end", -1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="Scores of good and defective pictures">{bars}'
        f'<line x1="{place:.1f}" x2="{place:.1f}" y1="10" y2="{_HEIGHT - _MARGIN}" stroke="currentColor"/>'
        f'<g fill="currentColor"><text x="{place + 5 * side:.1f}" y="20" font-size="12" text-anchor="{anchor}">'
        f"threshold {threshold:.2f}</text>"
        f'<text x="{_MARGIN}" y="{_HEIGHT - 8}" font-size="12">{edges[0]:.2f}</text>'
        f'<text x="{_WIDTH - _MARGIN}" y="{_HEIGHT - 8}" font-size="12" text-anchor="end">{edges[-1]:.2f}</text>'
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}" font-size="12" text-anchor="middle">image score (logarithmic)</text>'
        "</g></svg>"
    )


def _bars(counts: "np.ndarray[tuple[int], np.dtype[np.int64]]", tallest: int, colour: str) -> str:
    width = (_WIDTH - 2 * _MARGIN) / _BINS
    room = _HEIGHT - _MARGIN - 10
    return "".join(
        f'<rect x="{_MARGIN + index * width:.1f}" y="{_HEIGHT - _MARGIN - room * count / tallest:.1f}" '
        f'width="{width:.1f}" height="{room * count / tallest:.1f}" fill="{colour}" fill-opacity="0.6"/>'
        for index, count in enumerate(counts)
        if count
    )
