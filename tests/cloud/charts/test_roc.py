import re
from xml.etree import ElementTree

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.charts.plot import HEIGHT, WIDTH
from linewatch.cloud.charts.roc import roc_chart

SCORES = st.lists(st.floats(0.01, 10), min_size=1, max_size=400)


def numbers(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", path)]


@given(SCORES, SCORES, st.sampled_from([1.0, 0.1]))
def test_curves_stay_on_the_page_and_never_fall(normal: list[float], defective: list[float], most: float) -> None:
    chart = roc_chart({"a <b>": (np.array(normal, np.float32), np.array(defective, np.float32))}, most_alarms=most)
    root = ElementTree.fromstring(chart)
    curve = root.findall("{*}path")[-1].attrib["d"]
    places = numbers(curve)
    across, down = places[::2], places[1::2]
    assert across == sorted(across)
    assert down == sorted(down, reverse=True)
    assert 0 <= min(across) <= max(across) <= WIDTH
    assert 0 <= min(down) <= max(down) <= HEIGHT
    assert "a &lt;b&gt;" in chart


def test_a_perfect_detector_hugs_the_corner() -> None:
    chart = roc_chart({"perfect": (np.zeros(50, np.float32), np.ones(50, np.float32))})
    places = numbers(ElementTree.fromstring(chart).findall("{*}path")[-1].attrib["d"])
    left, top = min(places[::2]), min(places[1::2])
    assert (left, top) in set(zip(places[::2], places[1::2], strict=True))
