from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.capture.stream_url import holds_password, with_password, without_password

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(WORDS, WORDS)
def test_any_name_and_password_can_be_put_in(username: str, password: str) -> None:
    url = with_password("rtsp://10.0.0.2:554/live?channel=1", username, password)
    parts = urlsplit(url)
    assert (unquote(parts.username or ""), unquote(parts.password or "")) == (username, password)
    assert (parts.hostname, parts.port, parts.path, parts.query) == ("10.0.0.2", 554, "/live", "channel=1")
    assert holds_password(url)
    assert without_password(url) == "rtsp://***@10.0.0.2:554/live?channel=***"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://me:secret@h/live", "rtsp://***@h/live"),
        ("http://h/snapshot?user=me&password=secret&channel=1", "http://h/snapshot?user=***&password=***&channel=***"),
        (
            "rtsp://h/user=me_password=secret_channel=1_stream=0.sdp",
            "rtsp://h/user=me_password=***_channel=1_stream=0.sdp",
        ),
        ("rtsp://h/user=me&PWD=se_cret&stream=0", "rtsp://h/user=me&PWD=***&stream=0"),
        ("rtsp://h/psw=secret/1", "rtsp://h/psw=***/1"),
    ],
)
def test_passwords_are_found_wherever_cameras_want_them_and_not_shown(url: str, shown: str) -> None:
    assert holds_password(url)
    assert without_password(url) == shown


@pytest.mark.parametrize("url", ["rtsp://h/live", "rtsp://me@h/compass=3", "http://h:80/passage?size=4"])
def test_what_is_no_password_is_none(url: str) -> None:
    assert not holds_password(url)
