import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.decide.latency import Latency


@given(st.lists(st.floats(1e-4, 300), min_size=1, max_size=200), st.sampled_from([0.0, 0.5, 0.99, 1.0]))
def test_quantiles_are_known_to_a_tenth(times: list[float], share: float) -> None:
    latency = Latency()
    for one in times:
        latency.add(one)
    exact = float(np.quantile(times, share, method="inverted_cdf"))
    assert exact * 0.999 <= latency.quantile_s(share) <= exact * 1.101


def test_before_the_first_and_beyond_the_buckets() -> None:
    latency = Latency()
    assert latency.quantile_s(0.99) == 0
    latency.add(-1.0)
    assert latency.quantile_s(0.5) == pytest.approx(1e-4)
    latency.add(1e9)
    assert latency.quantile_s(1.0) > 300


@given(st.lists(st.floats(1e-4, 300), max_size=200))
def test_the_histogram_counts_every_time_once(times: list[float]) -> None:
    latency = Latency()
    for one in times:
        latency.add(one)
    histogram = latency.histogram()
    assert histogram.count == len(times)
    assert histogram.total_s == pytest.approx(sum(times))
    assert [edge for edge, _ in histogram.at_most] == sorted({edge for edge, _ in histogram.at_most})
    for edge, count in histogram.at_most:
        assert sum(one < edge * 0.999 for one in times) <= count <= sum(one <= edge * 1.001 for one in times)
