import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.protos.signed_change import SignedChange, SignedChangeError, read_signed_change

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), st.text(max_size=5), st.text(max_size=5))
def test_what_was_written_is_read_again(change: dict[str, object], key: str, signature: str) -> None:
    signed = SignedChange(change=change, key=key, signature=signature)
    assert read_signed_change(signed.to_bytes()) == signed
    assert read_signed_change(signed.to_bytes()).covered == signed.covered


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"change":1,"key":"","signature":""}',
        b'{"change":{},"key":1,"signature":""}',
        b'{"change":{},"key":"","more":1,"signature":""}',
        b'{"change": {},"key":"","signature":""}',
        b'{"change":{"a":NaN},"key":"","signature":""}',
        b"\xff",
    ],
)
def test_what_has_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(SignedChangeError):
        read_signed_change(data)
