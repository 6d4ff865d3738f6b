"""The embedded broker: where it listens, whom it lets in, and that it can be stopped."""

import logging
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError

from brokers import until
from linewatch.cloud.broker.choose import make_broker
from linewatch.cloud.broker.embedded import EmbeddedBroker
from linewatch.cloud.broker.port import Address
from linewatch.cloud.broker.settings import BrokerSettings
from linewatch.cloud.errors import BrokerError, ConfigurationError


def enter(address: Address, name: str | None = None, password: str | None = None) -> str:
    """The broker's answer to a client."""
    answers: list[str] = []
    client = Client(CallbackAPIVersion.VERSION2, client_id="guest", reconnect_on_failure=False)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(str(reason))
    if name is not None:
        client.username_pw_set(name, password)
    client.connect(*address)
    while not answers:
        client.loop(0.1)
    client.disconnect()
    return answers[0]


def listens(address: Address) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


def test_it_chooses_a_port_carries_messages_and_stops(caplog: pytest.LogCaptureFixture) -> None:
    broker = make_broker(BrokerSettings(port=0))
    with caplog.at_level(logging.DEBUG):
        address = broker.start()
        assert enter(address) == "Success"
        heard = threading.Event()
        listener = Client(CallbackAPIVersion.VERSION2, client_id="listener")
        listener.on_message = lambda *_: heard.set()
        listener.connect(*address)
        listener.loop_start()
        listener.subscribe("a/+", qos=1)
        assert until(lambda: bool(listener.publish("a/b", b"x", qos=1)) and heard.wait(0.2))
        listener.disconnect()
        listener.loop_stop()
        broker.stop()
        broker.stop()
    assert not listens(address)
    assert [entry for entry in caplog.records if entry.name.startswith("amqtt")] == []


def test_it_starts_again_on_the_same_port() -> None:
    first = EmbeddedBroker(BrokerSettings(port=0))
    address = first.start()
    first.stop()
    second = EmbeddedBroker(BrokerSettings(port=address.port))
    assert second.start() == address
    second.stop()


def test_a_port_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(BrokerError, match=f"cannot listen on 127.0.0.1:{port}"):
            EmbeddedBroker(BrokerSettings(port=port)).start()


def test_only_whom_the_file_names_may_enter(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("# devices\nbox:secret\n\nother:pass:word\n")
    users.chmod(0o600)
    broker = EmbeddedBroker(BrokerSettings(port=0, users_file=users))
    address = broker.start()
    assert enter(address, "box", "secret") == "Success"
    assert enter(address, "other", "pass:word") == "Success"
    for name, password in (("box", "wrong"), ("box", ""), ("nobody", "secret"), (None, None)):
        assert enter(address, name, password) == "Not authorized"
    broker.stop()


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("box:secret\n", 0o644, "chmod 600"),
        ("box\n", 0o600, "line 1"),
        ("box:a\nbox:b\n", 0o600, "twice"),
        ("# none\n", 0o600, "names nobody"),
    ],
)
def test_a_users_file_that_cannot_be_used_is_said(tmp_path: Path, text: str, mode: int, words: str) -> None:
    users = tmp_path / "users"
    users.write_text(text)
    users.chmod(mode)
    with pytest.raises(ConfigurationError, match=words):
        EmbeddedBroker(BrokerSettings(port=0, users_file=users))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])
def test_anybody_may_enter_on_loopback_alone(host: str) -> None:
    with pytest.raises(ValidationError, match="users_file"):
        BrokerSettings(host=host)


def test_an_external_broker_is_only_an_address() -> None:
    broker = make_broker(BrokerSettings(kind="external", host="broker.example", port=8883))
    assert broker.start() == Address("broker.example", 8883)
    broker.stop()
    with pytest.raises(ValidationError, match="port"):
        BrokerSettings(kind="external", port=0)


def test_as_a_process_it_says_where_it_listens_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "linewatch.cloud.broker", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            host, port = process.stdout.readline().split()
            assert enter(Address(host, int(port))) == "Success"
        finally:
            process.terminate()
        assert process.wait(20) == 0


def test_as_a_process_it_refuses_what_the_settings_refuse() -> None:
    command = [sys.executable, "-m", "linewatch.cloud.broker", "--host", "0.0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "users_file" in done.stderr
