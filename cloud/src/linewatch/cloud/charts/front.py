"""What speed costs: milliseconds against estimated accuracy, as SVG."""

import math

from linewatch.cloud.charts.plot import COLOURS, Axis, Plot, label
from linewatch.compiler.search.front import Front

_TICKS = 5


def front_chart(front: Front) -> str:
    """Every candidate whose accuracy was estimated, numbered from the fastest; the chosen one is filled."""
    points = front.estimated
    slowest = _round_up(1.08 * max(point.ms for point in points))
    accuracies = [point.auroc or 0.0 for point in points]
    low = max(0.0, math.floor(20 * min(accuracies) - 0.2) / 20)
    plot = Plot(
        title="Students within reach: time a frame against estimated image AUROC",
        x=Axis(name="milliseconds a frame, one core", low=0, high=slowest, ticks=_ticks(0, slowest)),
        y=Axis(name="image AUROC, estimated", low=low, high=1, ticks=_ticks(low, 1)),
    )
    marks = []
    for number, (point, auroc) in enumerate(zip(points, accuracies, strict=True), 1):
        place = plot.place(point.ms, auroc)
        chosen = point.candidate is front.choice
        fill = COLOURS[2] if chosen else "none"
        marks.append(f'<circle cx="{place[0]}" cy="{place[1]}" r="5" fill="{fill}" stroke="{COLOURS[2]}"/>')
        marks.append(label(place, f"{number}"))
    return plot.svg(marks)


def _ticks(low: float, high: float) -> list[float]:
    return [round(low + (high - low) * step / _TICKS, 4) for step in range(_TICKS + 1)]


def _round_up(value: float) -> float:
    """The next number with two digits."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(math.ceil(value / unit) * unit)
