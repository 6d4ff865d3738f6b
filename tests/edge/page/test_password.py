import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.edge.errors import ConfigurationError
from linewatch.edge.page.password import hash_password, parse_password


@settings(max_examples=4)
@given(st.text(min_size=8, max_size=40), st.text(max_size=40))
def test_the_password_alone_opens(plain: str, other: str) -> None:
    password = parse_password(hash_password(plain).text())
    assert password.matches(plain)
    assert password.matches(other) == (other == plain)


def test_a_plain_secret_is_hashed_at_once_and_never_printed() -> None:
    password = parse_password("correct-horse")
    assert password.matches("correct-horse")
    assert "horse" not in repr(password)
    assert password.key.hex() not in repr(password)
    assert hash_password("correct-horse").text() != hash_password("correct-horse").text()


@pytest.mark.parametrize("secret", ["short", "", "1234567"])
def test_a_short_password_is_refused(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="8 characters"):
        parse_password(secret)


@pytest.mark.parametrize("change", [lambda text: text[:-3], lambda text: text.replace("16384", "999"), str.lower])
def test_a_damaged_hash_is_told(change: object) -> None:
    assert callable(change)
    with pytest.raises(ConfigurationError, match="linewatch-edge page password"):
        parse_password(change(hash_password("correct-horse").text())[:-1])
