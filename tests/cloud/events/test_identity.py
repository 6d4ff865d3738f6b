"""Ranges hold exactly the sequences they were made from, and are as few as can be."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from linewatch.cloud.events.identity import to_ranges


@given(st.sets(st.integers(1, 60)))
def test_ranges_are_exact_and_fewest(sequences: set[int]) -> None:
    ranges = to_ranges(sequences)
    assert {number for first, last in ranges for number in range(first, last + 1)} == sequences
    assert all(left.last + 1 < right.first for left, right in itertools.pairwise(ranges))
