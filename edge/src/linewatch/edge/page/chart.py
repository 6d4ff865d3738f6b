"""The curve of a camera's scores as SVG. The page's script draws it the same way."""

from collections.abc import Sequence

from linewatch.edge.page.curve import SECONDS

_HEIGHT = 48
_LEAST_TOP = 1.5


def curve_chart(points: Sequence[tuple[int, float]]) -> str:
    """A bar for each of `points` (seconds ago, highest score as a share of the threshold), and the threshold's line."""
    top = max([_LEAST_TOP, *(share for _, share in points)])
    normal = _bars([point for point in points if point[1] < 1], top)
    anomalous = _bars([point for point in points if point[1] >= 1], top)
    line = _HEIGHT - _HEIGHT / top
    return (
        f'<svg viewBox="0 0 {SECONDS} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        'aria-label="Highest score of each second of the last two minutes">'
        f'<path class="normal" d="{normal}"/><path class="anomalous" d="{anomalous}"/>'
        f'<path class="threshold" d="M0 {line:.1f}H{SECONDS}"/></svg>'
    )


def _bars(points: Sequence[tuple[int, float]], top: float) -> str:
    """One path of bars, each 0.8 seconds wide; what is below zero is not seen."""
    return "".join(
        f"M{SECONDS - 1 - ago} {_HEIGHT}v{-_HEIGHT * max(0.0, share) / top:.1f}h.8V{_HEIGHT}z" for ago, share in points
    )
