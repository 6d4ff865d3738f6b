"""The publisher against real brokers: everything arrives, in order, and leaves the spool only when acknowledged."""

import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.enums import MQTTProtocolVersion

from brokers import KINDS, BrokerProcess, until
from edge.publish.cloud_double import CloudDouble, acknowledge
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.publish.connection import State
from linewatch.edge.publish.dialect import Version
from linewatch.edge.publish.publisher import Publisher
from linewatch.edge.publish.settings import PublishSettings, TlsSettings
from linewatch.edge.publish.status import DeviceStatus
from linewatch.edge.spool.report import read_report
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.spool.simulated import simulated_event
from linewatch.edge.spool.spool import Spool
from linewatch.protos import event_pb2

TOPIC = "linewatch/v1/plant/box/acks"


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    with BrokerProcess(request.param, tmp_path) as process:
        yield process


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "spool.db", SpoolSettings(), site="plant", device="box") as opened:
        yield opened


def quick(port: int, **changes: object) -> PublishSettings:
    table: dict[str, object] = {
        "port": port,
        "protocol": "3.1.1",
        "ack_timeout_seconds": 0.3,
        "ack_timeout_max_seconds": 1.0,
        "reconnect_min_seconds": 0.05,
        "reconnect_max_seconds": 0.3,
    }
    return PublishSettings(**(table | changes))  # type: ignore[arg-type]


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def record(spool: Spool, count: int) -> None:
    for future in [spool.submit(simulated_event(number)) for number in range(count)]:
        future.result(10)


def test_events_that_come_one_by_one_are_each_sent_at_once(broker: BrokerProcess, spool: Spool) -> None:
    """A quiet line: each event finds the spool empty, because the one before was acknowledged long ago."""
    settings = quick(broker.port, ack_timeout_seconds=30.0, ack_timeout_max_seconds=30.0)
    with CloudDouble(broker.port) as cloud, Publisher(spool, settings) as publisher:
        for number in range(1, 7):
            spool.record(simulated_event(number))
            assert until(lambda: spool.stats().waiting_messages == 0), f"event {number} stays in the spool"
        assert cloud.sequences() == [1, 2, 3, 4, 5, 6]
        assert publisher.stats().resent == 0


def test_events_from_before_a_device_was_renamed_arrive_under_their_own_name(
    broker: BrokerProcess, tmp_path: Path
) -> None:
    path = tmp_path / "spool.db"
    with Spool(path, SpoolSettings(), site="local", device="host") as before:
        record(before, 5)
    with Spool(path, SpoolSettings(), site="plant", device="box") as spool:
        record(spool, 5)
        with CloudDouble(broker.port) as cloud, Publisher(spool, quick(broker.port)):
            assert until(lambda: spool.stats().waiting_messages == 0)
        assert {(event.site, event.identity.device) for event in cloud.events} == {("local", "host"), ("plant", "box")}


@pytest.mark.parametrize("spoilt", ["x'ff' || substr(payload, 2)", "replace(payload, 'plant', 'pl/nt')"])
def test_a_message_that_the_disk_has_spoilt_holds_up_no_other(
    broker: BrokerProcess, tmp_path: Path, spool: Spool, spoilt: str
) -> None:
    record(spool, 3)
    with closing(sqlite3.connect(tmp_path / "spool.db")) as connection:
        connection.execute(f"UPDATE messages SET payload = CAST({spoilt} AS BLOB) WHERE sequence = 2")
        connection.commit()
    with CloudDouble(broker.port) as cloud, Publisher(spool, quick(broker.port)):
        assert until(lambda: spool.stats().waiting_messages == 0)
        assert list(dict.fromkeys(cloud.sequences())) == [1, 3, 4]  # on a busy machine one is said again
        (missing,) = cloud.events[-1].missing
        assert [(part.first, part.last) for part in missing.ranges] == [(2, 2)]
    assert read_report(tmp_path / "spool.db").gaps == ()


def test_everything_arrives_in_order_and_leaves_the_spool(broker: BrokerProcess, spool: Spool) -> None:
    record(spool, 50)
    payloads = [message.payload for message in spool.pending(limit=100)]
    with (
        CloudDouble(broker.port) as cloud,
        Publisher(spool, quick(broker.port, protocol="auto", ack_timeout_seconds=1.0)) as publisher,
    ):
        assert until(lambda: spool.stats().waiting_messages == 0)
        assert publisher.stop()
        stats = publisher.stats()
    first_heard = list(dict.fromkeys(cloud.sequences()))
    assert first_heard == list(range(1, 51))
    assert {event.SerializeToString(deterministic=True) for event in cloud.events} == set(payloads)
    assert stats.published == stats.acknowledged == 50
    assert stats.payload_bytes >= sum(map(len, payloads))
    assert stats.wire_bytes > stats.payload_bytes


@pytest.mark.mosquitto
def test_cloudevents_ride_along_under_version_5(tmp_path: Path, spool: Spool) -> None:
    record(spool, 1)
    with (
        BrokerProcess("mosquitto", tmp_path) as broker,
        CloudDouble(broker.port, version=MQTTProtocolVersion.MQTTv5) as cloud,
        Publisher(spool, quick(broker.port, protocol="auto")) as publisher,
    ):
        assert until(lambda: spool.stats().waiting_messages == 0)
        assert publisher.stats().version is Version.V5
    assert cloud.properties[0]["type"] == "linewatch.v1.event.opened"
    assert cloud.properties[0]["source"] == "/linewatch/v1/plant/box"


@pytest.mark.mosquitto
def test_a_message_that_the_broker_finds_too_large_holds_up_no_other(tmp_path: Path, spool: Spool) -> None:
    large = replace(simulated_event(1), defect_class="x" * 3000)
    for event in (simulated_event(0), large, simulated_event(2)):
        spool.record(event)
    config = "allow_anonymous true\nmax_packet_size {}\n"
    small = BrokerProcess("mosquitto", tmp_path, config=config.format(2900))
    with (
        small,
        CloudDouble(small.port) as cloud,
        Publisher(spool, quick(small.port, protocol="auto")) as publisher,
    ):
        assert until(lambda: spool.stats().waiting_messages == 1)
        assert cloud.sequences() == [1, 3]
        assert "the broker takes 2900" in publisher.stats().last_error
        assert publisher.stats().connections == 1
        small.kill()
        (tmp_path / "mosquitto.conf").write_text(
            (tmp_path / "mosquitto.conf").read_text().replace("size 2900", "size 29000")
        )
        small.start()
        with CloudDouble(small.port) as wider:
            assert until(lambda: spool.stats().waiting_messages == 0)
        assert wider.sequences() == [2]


def test_without_an_acknowledgement_it_says_it_again_and_keeps_it(broker: BrokerProcess, spool: Spool) -> None:
    record(spool, 3)
    with (
        CloudDouble(broker.port, answer=lambda event: None) as cloud,
        Publisher(spool, quick(broker.port)) as publisher,
    ):
        assert until(lambda: cloud.sequences().count(1) >= 3)
        assert spool.stats().waiting_messages == 3
        assert publisher.stats().published == 3
        assert until(lambda: publisher.stats().resent >= 4)
        assert until(lambda: publisher.stats().about == "online, no cloud answers")
        cloud.answer = acknowledge
        assert until(lambda: spool.stats().waiting_messages == 0)
        assert until(lambda: publisher.stats().about == "online")


def test_a_cloud_that_takes_its_time_is_not_missed(broker: BrokerProcess, spool: Spool) -> None:
    record(spool, 3)
    slow = quick(broker.port, ack_timeout_seconds=60.0, ack_timeout_max_seconds=60.0)
    with CloudDouble(broker.port, answer=lambda event: None) as cloud, Publisher(spool, slow) as publisher:
        assert until(lambda: len(cloud.sequences()) == 3)
        assert publisher.stats().about == "online"
        publisher.stop(drain_seconds=0)


def test_a_cloud_that_hears_every_third_message_gets_all(broker: BrokerProcess, spool: Spool) -> None:
    record(spool, 6)
    heard: list[int] = []

    def every_third(event: event_pb2.Event) -> event_pb2.EventAck | None:
        heard.append(event.identity.sequence)
        return acknowledge(event) if len(heard) % 3 == 0 else None

    with CloudDouble(broker.port, answer=every_third), Publisher(spool, quick(broker.port)):
        assert until(lambda: spool.stats().waiting_messages == 0)


def test_a_broker_that_is_killed_and_comes_back(broker: BrokerProcess, spool: Spool) -> None:
    with Publisher(spool, quick(broker.port)) as publisher:
        assert until(lambda: publisher.stats().state is State.ONLINE)
        broker.kill()
        record(spool, 10)
        assert until(lambda: publisher.stats().state is not State.ONLINE)
        broker.start()
        with CloudDouble(broker.port) as cloud:
            assert until(lambda: spool.stats().waiting_messages == 0)
    assert set(cloud.sequences()) == set(range(1, 11))
    assert publisher.stats().connections >= 2


def test_each_camera_is_first_heard_in_order_however_often_the_connection_breaks(
    broker: BrokerProcess, spool: Spool
) -> None:
    record(spool, 400)
    heard_before: set[int] = set()

    def forgetful(event: event_pb2.Event) -> event_pb2.EventAck | None:
        sequence = event.identity.sequence
        known = sequence in heard_before or sequence % 3 > 0
        heard_before.add(sequence)
        return acknowledge(event) if known else None

    settings = quick(broker.port, reconnect_spread_seconds=0.05)
    with CloudDouble(broker.port, answer=forgetful) as cloud, Publisher(spool, settings) as publisher:
        for number in range(1, 6):
            assert until(lambda: len(set(cloud.sequences())) > number * 40)  # noqa: B023
            link = publisher._link
            if link is not None:
                link.drop()  # half way, and without a word
        assert until(lambda: spool.stats().waiting_messages == 0)
        assert publisher.stats().connections >= 3
    cameras: dict[str, list[int]] = {}
    for event in cloud.events:
        heard = cameras.setdefault(event.camera, [])
        if event.identity.sequence not in heard:
            heard.append(event.identity.sequence)
    assert len(cameras) == 4
    assert sum(map(len, cameras.values())) == 400
    assert all(heard == sorted(heard) for heard in cameras.values())


def test_strange_acknowledgements_change_nothing(broker: BrokerProcess, spool: Spool) -> None:
    record(spool, 2)
    with (
        CloudDouble(broker.port, answer=lambda event: None) as cloud,
        Publisher(spool, quick(broker.port)) as publisher,
    ):
        assert until(lambda: len(cloud.events) >= 2)
        cloud.say(TOPIC, b"\xff\xff\xff")
        foreign = event_pb2.EventAck(device="other", boot=spool.boot)
        foreign.committed.add(first=1, last=2)
        cloud.say(TOPIC, foreign.SerializeToString())
        cloud.say(TOPIC, event_pb2.EventAck(device="box", boot="00" * 16).SerializeToString())
        assert until(lambda: publisher.stats().bad_acks == 2)
        assert spool.stats().waiting_messages == 2
        whole = event_pb2.EventAck(device="box", boot=spool.boot)
        whole.committed.add(first=0, last=2**64 - 1)
        cloud.say(TOPIC, whole.SerializeToString())
        assert until(lambda: spool.stats().waiting_messages == 0)


def test_the_status_is_told_and_the_goodbye_too(broker: BrokerProcess, spool: Spool) -> None:
    status = DeviceStatus(bundle_name="parts", bundle_release=3)
    with CloudDouble(broker.port) as cloud:
        publisher = Publisher(spool, quick(broker.port), status=lambda: status)
        publisher.start()
        assert until(lambda: bool(cloud.statuses) and cloud.statuses[-1].online)
        told = cloud.statuses[-1]
        assert (told.site, told.device, told.boot, told.bundle_name) == ("plant", "box", spool.boot, "parts")
        before = len(cloud.statuses)
        publisher.announce()
        assert until(lambda: len(cloud.statuses) > before)
        assert publisher.stop()
        assert until(lambda: not cloud.statuses[-1].online)
    with CloudDouble(broker.port) as late:
        assert until(lambda: bool(late.statuses))
        assert not late.statuses[0].online


def test_the_last_will_speaks_for_a_device_that_died(broker: BrokerProcess, spool: Spool) -> None:
    with CloudDouble(broker.port) as cloud, Publisher(spool, quick(broker.port)) as publisher:
        assert until(lambda: bool(cloud.statuses) and cloud.statuses[-1].online)
        link = publisher._link
        assert link is not None
        link.drop()
        assert until(lambda: any(not status.online for status in cloud.statuses))
        assert until(lambda: cloud.statuses[-1].online)


def test_a_mistake_of_ours_is_survived(broker: BrokerProcess, spool: Spool) -> None:
    mistakes = iter([RuntimeError("first"), ValueError("second")])

    def fallible() -> DeviceStatus:
        for mistake in mistakes:
            raise mistake
        return DeviceStatus()

    record(spool, 3)
    with CloudDouble(broker.port), Publisher(spool, quick(broker.port), status=fallible) as publisher:
        assert until(lambda: spool.stats().waiting_messages == 0)
        assert until(lambda: publisher.stats().state is State.ONLINE and publisher.stats().restarts == 2)


def test_a_goodbye_that_fails_leaves_it_to_the_last_will(broker: BrokerProcess, spool: Spool) -> None:
    leaving = threading.Event()

    def fallible() -> DeviceStatus:
        if leaving.is_set():
            raise RuntimeError("no status any more")
        return DeviceStatus()

    with CloudDouble(broker.port) as cloud:
        publisher = Publisher(spool, quick(broker.port), status=fallible)
        publisher.start()
        assert until(lambda: bool(cloud.statuses) and cloud.statuses[-1].online)
        leaving.set()
        publisher.stop()
        assert until(lambda: not cloud.statuses[-1].online)


def test_a_publisher_that_cannot_be_made_or_started_holds_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = descriptors()
    with pytest.raises(ConfigurationError) as raised:  # keeps all that the constructor had made
        Publisher(spool, quick(1, tls=TlsSettings(ca_file=Path("nowhere.pem"))))
    assert descriptors() == before, raised.value

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    publisher = Publisher(spool, quick(1))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            publisher.start()
    assert descriptors() == before
    assert publisher.stop()


def test_stopping_waits_for_the_cloud_but_not_for_ever(broker: BrokerProcess, spool: Spool) -> None:
    record(spool, 5)
    with CloudDouble(broker.port, answer=lambda event: None):
        publisher = Publisher(spool, quick(broker.port))
        publisher.start()
        assert until(lambda: publisher.stats().published == 5)
        begun = time.monotonic()
        assert not publisher.stop(drain_seconds=0.3)
        assert time.monotonic() - begun < 3
    assert spool.stats().waiting_messages == 5
    with CloudDouble(broker.port):
        publisher = Publisher(spool, quick(broker.port))
        publisher.start()
        assert publisher.stop(drain_seconds=20)
    assert publisher.stop()


def test_a_signal_while_it_drains_ends_it_quietly(spool: Spool) -> None:
    spool.record(simulated_event(0))
    publisher = Publisher(spool, quick(9))
    publisher.start()
    second_signal = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    second_signal.start()
    with pytest.raises(KeyboardInterrupt):
        publisher.stop(drain_seconds=30)
    started = time.monotonic()
    assert not publisher.stop(drain_seconds=0)
    assert time.monotonic() - started < 5
    assert publisher.stats().state is State.STOPPED
    assert publisher.stats().restarts == 0


def test_nobody_at_the_address_is_said_and_stopping_is_quick(spool: Spool) -> None:
    with Publisher(spool, quick(1)) as publisher:
        assert until(lambda: "cannot reach 127.0.0.1:1" in publisher.stats().last_error)
        record(spool, 1)
        begun = time.monotonic()
        assert not publisher.stop(drain_seconds=0.1)
        assert time.monotonic() - begun < 3


def test_a_silent_broker_is_given_up_and_tried_again(spool: Spool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with Publisher(spool, quick(port, protocol="auto", connect_timeout_seconds=0.2)) as publisher:
            assert until(lambda: publisher.stats().version is Version.V311)
            assert until(lambda: "did not answer" in publisher.stats().last_error)


def test_a_wrong_password_is_said_and_the_right_one_enters_without_a_new_start(tmp_path: Path, spool: Spool) -> None:
    users, secret = tmp_path / "users", tmp_path / "password"
    users.write_text("box:right\n")
    users.chmod(0o600)
    secret.write_text("wrong\n")
    record(spool, 1)
    with BrokerProcess("embedded", tmp_path, arguments=("--users-file", str(users))) as broker:
        settings = quick(broker.port, username="box", password_file=secret, protocol="3.1.1")
        with Publisher(spool, settings) as publisher:
            assert until(lambda: "refused" in publisher.stats().last_error)
            secret.unlink()
            assert until(lambda: "cannot read" in publisher.stats().last_error)
            secret.write_text("right\n")
            assert until(lambda: publisher.stats().published == 1)
            publisher.stop(drain_seconds=0)


# paho leaves the socket of a failed TLS handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.mosquitto
def test_tls_with_a_checked_certificate(tmp_path: Path, spool: Spool) -> None:
    certificate, key = self_signed(tmp_path, "localhost")
    config = f"allow_anonymous true\ncertfile {certificate}\nkeyfile {key}\n"
    record(spool, 3)
    with BrokerProcess("mosquitto", tmp_path, config=config) as broker:
        trusting = quick(broker.port, host="localhost", tls=TlsSettings(ca_file=certificate))
        with Publisher(spool, trusting) as publisher:
            assert until(lambda: publisher.stats().published == 3)
            publisher.stop(drain_seconds=0)
        with Publisher(spool, quick(broker.port, host="localhost", tls=TlsSettings())) as distrusting:
            assert until(lambda: "CERTIFICATE_VERIFY_FAILED" in distrusting.stats().last_error)
            assert distrusting.stats().published == 0
            distrusting.stop(drain_seconds=0)


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "broker.pem", folder / "broker.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return paths


def test_a_message_that_does_not_fit_the_window_is_not_passed_by_a_smaller_one(
    broker: BrokerProcess, spool: Spool
) -> None:
    for number, size in enumerate((6000, 6000, 100, 6000, 100)):
        spool.record(simulated_event(number, evidence_bytes=size))
    with CloudDouble(broker.port) as cloud, Publisher(spool, quick(broker.port, window_bytes=8000)) as publisher:
        assert until(lambda: spool.stats().waiting_messages == 0), "one of them was passed by"
        assert list(dict.fromkeys(cloud.sequences())) == [1, 2, 3, 4, 5]
        assert publisher.stats().acknowledged == 5
