"""The meter says what a person would, and never boasts."""

import re

from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.publish.meter import amount, sent_of

_FACTORS = {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}


def test_it_reads_well() -> None:
    assert sent_of(1_200_000, 45_000_000_000) == "sent 1.2 MB of 45 GB (1 : 37,000)"
    assert sent_of(0, 983_040) == "sent 0 bytes of 983 kB"
    assert amount(1.44e15) == "1.4 PB"
    assert amount(5e18) == "5,000 PB"
    assert sent_of(5000, 4000) == "sent 5.0 kB of 4.0 kB"


@given(st.integers(0, 10**17))
def test_an_amount_is_right_to_two_digits(size: int) -> None:
    number, unit = amount(size).split()
    assert abs(float(number.replace(",", "")) * _FACTORS[unit] - size) <= 0.051 * size


@given(sent=st.integers(1, 10**12), captured=st.integers(0, 10**16))
def test_the_ratio_is_never_more_than_it_is(sent: int, captured: int) -> None:
    found = re.search(r"\(1 : ([\d,]+)\)", sent_of(sent, captured))
    if found:
        ratio = int(found[1].replace(",", ""))
        assert 0.9 * (captured // sent) <= ratio <= captured / sent
