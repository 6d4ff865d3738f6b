"""Brokers that let the device in, and brokers that do not."""

import socket
import time
from pathlib import Path

import pytest

from brokers import BrokerProcess
from linewatch.edge.errors import BrokerRefused, BrokerUnreachable, ConfigurationError
from linewatch.edge.publish.dialect import Version
from linewatch.edge.publish.knock import knock
from linewatch.edge.publish.settings import PublishSettings

ME = "linewatch-plant-doctor"


@pytest.mark.parametrize(
    ("kind", "version"),
    [("embedded", Version.V311), pytest.param("mosquitto", Version.V5, marks=pytest.mark.mosquitto)],
)
def test_an_open_broker_lets_in_with_the_version_that_it_speaks(kind: str, version: Version, tmp_path: Path) -> None:
    with BrokerProcess(kind, tmp_path) as broker:
        assert knock(PublishSettings(port=broker.port), ME) is version
        assert knock(PublishSettings(port=broker.port, protocol="3.1.1"), ME) is Version.V311


def test_a_wrong_password_is_told_from_the_right_one(tmp_path: Path) -> None:
    users, secret = tmp_path / "users", tmp_path / "password"
    users.write_text("box:right\n")
    users.chmod(0o600)
    secret.write_text("wrong\n")
    with BrokerProcess("embedded", tmp_path, arguments=("--users-file", str(users))) as broker:
        settings = PublishSettings(port=broker.port, username="box", password_file=secret, connect_timeout_seconds=2.0)
        with pytest.raises(BrokerRefused, match="refused"):
            knock(settings, ME)
        secret.write_text("right\n")
        knock(settings, ME)
        secret.unlink()
        with pytest.raises(ConfigurationError, match="cannot read"):
            knock(settings, ME)


def test_nobody_and_somebody_who_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        begun = time.monotonic()
        with pytest.raises(BrokerUnreachable, match="does not answer"):
            knock(PublishSettings(port=port, connect_timeout_seconds=0.5), ME)
        assert time.monotonic() - begun < 5
    with pytest.raises(BrokerUnreachable, match="cannot reach"):
        knock(PublishSettings(port=port), ME)
