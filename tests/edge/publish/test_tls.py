"""A broker that asks for certificates: the right one enters, a wrong one is told why, and no event is lost by it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from brokers import BrokerProcess, until
from edge.publish.authority import Authority, Pair
from edge.publish.cloud_double import acknowledge
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.publish.publisher import Publisher
from linewatch.edge.publish.settings import PublishSettings, TlsSettings
from linewatch.edge.publish.tls import explain_refusal, tls_context
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2

# paho leaves the socket of a failed TLS handshake to the garbage collector.
pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "plant")


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[BrokerProcess]:
    certificate, key = authority.issue("localhost")
    config = (
        f"allow_anonymous true\nrequire_certificate true\n"
        f"cafile {authority.file}\ncertfile {certificate}\nkeyfile {key}\n"
    )
    with BrokerProcess("mosquitto", tmp_path, config=config) as process:
        yield process


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "spool.db", SpoolSettings(), site="plant", device="box") as opened:
        for number in range(3):
            opened.record(simulated_event(number))
        yield opened


def settings(port: int, authority: Authority, pair: Pair | None) -> PublishSettings:
    certificate, key = pair or (None, None)
    return PublishSettings(
        host="localhost",
        port=port,
        protocol="5",
        tls=TlsSettings(ca_file=authority.file, certificate_file=certificate, key_file=key),
        reconnect_min_seconds=0.05,
        reconnect_max_seconds=0.3,
    )


def hear_and_acknowledge(port: int, authority: Authority, heard: list[int]) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id="cloud")
    certificate, key = authority.issue("cloud")
    client.tls_set(ca_certs=str(authority.file), certfile=str(certificate), keyfile=str(key))

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        event = event_pb2.Event.FromString(bytes(message.payload))
        heard.append(event.identity.sequence)
        client.publish(message.topic.replace("/events", "/acks"), acknowledge(event).SerializeToString(), qos=1)

    client.on_connect = lambda client, *_: client.subscribe("linewatch/v1/+/+/events", qos=1)
    client.on_message = on_message
    client.connect("localhost", port)
    client.loop_start()
    return client


def test_refused_certificates_are_explained_and_a_new_one_enters_without_a_new_start(
    tmp_path: Path, broker: BrokerProcess, authority: Authority, spool: Spool
) -> None:
    strangers = Authority(tmp_path, "strangers")
    refused = {
        "which ended on": authority.issue("box", days=-1),
        "signed by an authority": strangers.issue("box"),
        "set certificate_file and key_file": None,
    }
    for words, pair in refused.items():
        publisher = Publisher(spool, settings(broker.port, authority, pair))
        with publisher:
            assert until(lambda: words in publisher.stats().last_error), publisher.stats().last_error  # noqa: B023
            publisher.stop(drain_seconds=0.0)
        assert (publisher.stats().published, spool.stats().waiting_messages) == (0, 3)

    certificate, key = strangers.issue("box")
    heard: list[int] = []
    cloud = hear_and_acknowledge(broker.port, authority, heard)
    try:
        with Publisher(spool, settings(broker.port, authority, (certificate, key))) as publisher:
            assert until(lambda: "signed by an authority" in publisher.stats().last_error)
            for old, new in zip((certificate, key), authority.issue("box"), strict=True):
                old.write_bytes(new.read_bytes())
            assert until(lambda: spool.stats().waiting_messages == 0)
    finally:
        cloud.disconnect()
        cloud.loop_stop()
    assert heard == [1, 2, 3]


def test_a_broker_of_strangers_is_not_told_anything(
    tmp_path: Path, broker: BrokerProcess, authority: Authority, spool: Spool
) -> None:
    strangers = Authority(tmp_path, "strangers")
    with Publisher(spool, settings(broker.port, strangers, authority.issue("box"))) as publisher:
        assert until(lambda: "not trusted" in publisher.stats().last_error)
        assert str(strangers.file) in publisher.stats().last_error
        publisher.stop(drain_seconds=0.0)
    assert publisher.stats().published == 0


def test_a_certificate_that_vanishes_is_said_and_waited_for(
    broker: BrokerProcess, authority: Authority, spool: Spool
) -> None:
    certificate, key = authority.issue("box")
    content = certificate.read_bytes()
    publisher = Publisher(spool, settings(broker.port, authority, (certificate, key)))
    certificate.unlink()
    with publisher:
        assert until(lambda: str(certificate) in publisher.stats().last_error)
        certificate.write_bytes(content)
        assert until(lambda: publisher.stats().published == 3)
        assert publisher.stats().restarts == 0
        publisher.stop(drain_seconds=0.0)


def test_what_is_not_about_certificates_is_left_alone(authority: Authority) -> None:
    with_one = TlsSettings(ca_file=authority.file, certificate_file=authority.file, key_file=authority.file)
    assert explain_refusal("EOF occurred in violation of protocol", with_one, entering=False) == ""
    assert explain_refusal("connection reset", with_one, entering=True) == ""
    assert explain_refusal("ALERT", None, entering=True) == ""
    with pytest.raises(ConfigurationError, match=r"publish\.tls: cannot use"):
        tls_context(TlsSettings(ca_file=Path("nowhere.pem")))


_AT_A_TERMINAL = """
import os, sys
from pathlib import Path
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.publish.settings import TlsSettings
from linewatch.edge.publish.tls import tls_context

os.open(sys.argv[1], os.O_RDWR)  # the first that a new session opens becomes its terminal
try:
    tls_context(TlsSettings(certificate_file=Path(sys.argv[2]), key_file=Path(sys.argv[3])))
except ConfigurationError as error:
    print(error)
"""


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_at_the_terminal(authority: Authority) -> None:
    certificate, key = authority.issue("box")
    pem, private = serialization.Encoding.PEM, serialization.load_pem_private_key(key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"secret")
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, locked))
    ours, theirs = os.openpty()
    try:
        command = [sys.executable, "-c", _AT_A_TERMINAL, os.ttyname(theirs), str(certificate), str(key)]
        done = subprocess.run(command, start_new_session=True, timeout=20, check=True, capture_output=True, text=True)
    finally:
        os.close(ours)
        os.close(theirs)
    assert "publish.tls: cannot use" in done.stdout
    assert str(key) in done.stdout
    assert "without a password" in done.stdout
