"""Receiver operating characteristics as SVG."""

from collections.abc import Mapping

import numpy as np

from linewatch.cloud.charts.plot import COLOURS, Axis, Plot
from linewatch.compiler.prove.metrics import roc_curve
from linewatch.compiler.teacher import FloatArray

_MOST_POINTS = 300


def roc_chart(scores: Mapping[str, tuple[FloatArray, FloatArray]], *, most_alarms: float = 1.0) -> str:
    """Curves by name from (normal, defective) scores, up to a false-alarm rate of `most_alarms`."""
    plot = Plot(
        title=f"ROC curves of {', '.join(scores)}",
        x=Axis(name="false alarms", low=0, high=most_alarms, ticks=[most_alarms * step / 5 for step in range(6)]),
        y=Axis(name="defects found", low=0, high=1, ticks=[0, 0.2, 0.4, 0.6, 0.8, 1]),
    )
    marks = []
    for number, (normal, defective) in enumerate(scores.values()):
        curve = roc_curve(normal, defective)
        shown = curve.false_positive_rate <= most_alarms
        found = np.append(curve.true_positive_rate[shown], curve.true_positive_rate[shown][-1])
        alarms = np.append(curve.false_positive_rate[shown], most_alarms)
        marks.append(_steps(plot, alarms, found, COLOURS[number % len(COLOURS)]))
    return plot.svg(marks)


def _steps(plot: Plot, alarms: "np.ndarray", found: "np.ndarray", colour: str) -> str:
    step = -(-len(alarms) // _MOST_POINTS)
    chosen = sorted({*range(0, len(alarms), step), len(alarms) - 1})
    places = [plot.place(float(alarms[index]), float(found[index])) for index in chosen]
    first, *others = places
    path = f"M{first[0]} {first[1]}" + "".join(f"H{x}V{y}" for x, y in others)
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
