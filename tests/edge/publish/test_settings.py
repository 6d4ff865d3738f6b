"""Settings that contradict themselves are refused, and the password comes from where they say."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from linewatch.edge.errors import ConfigurationError
from linewatch.edge.publish.settings import PublishSettings, TlsSettings, password
from linewatch.edge.publish.tls import tls_context


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"port": 0}, "port"),
        ({"hots": "x"}, "hots"),
        ({"password_env": "X"}, "needs a username"),
        ({"username": "u", "password_env": "X", "password_file": Path("f")}, "keep one"),
        ({"ack_timeout_seconds": 90.0}, "ack_timeout_max_seconds"),
        ({"reconnect_min_seconds": 90.0}, "reconnect_max_seconds"),
        ({"tls": {"key_file": Path("k")}}, "belong together"),
    ],
)
def test_contradictions_are_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        PublishSettings(**table)  # type: ignore[arg-type]


def test_the_password_of_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("secret\n")
    monkeypatch.setenv("LINEWATCH_TEST_PASSWORD", "other")
    assert password(PublishSettings()) is None
    assert password(PublishSettings(username="u", password_file=file)) == "secret"
    assert password(PublishSettings(username="u", password_env="LINEWATCH_TEST_PASSWORD")) == "other"


def test_a_password_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINEWATCH_TEST_PASSWORD", raising=False)
    (tmp_path / "empty").write_text("")
    for settings in (
        PublishSettings(username="u", password_env="LINEWATCH_TEST_PASSWORD"),
        PublishSettings(username="u", password_file=tmp_path / "nowhere"),
        PublishSettings(username="u", password_file=tmp_path / "empty"),
    ):
        with pytest.raises(ConfigurationError, match="password"):
            password(settings)


def test_a_certificate_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "nowhere.pem"):
        with pytest.raises(ConfigurationError, match=name):
            tls_context(TlsSettings(ca_file=tmp_path / name))
