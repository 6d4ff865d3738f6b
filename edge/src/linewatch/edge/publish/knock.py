"""Goes in at the broker's door once, and out again: whether it would let this device in."""

import time
from contextlib import closing

from linewatch.edge.errors import BrokerRefused, BrokerUnreachable
from linewatch.edge.publish.connection import Signal
from linewatch.edge.publish.dialect import Dialect, Version
from linewatch.edge.publish.link import Caller, MqttLink
from linewatch.edge.publish.settings import PublishSettings, password
from linewatch.edge.publish.tls import tls_context
from linewatch.edge.publish.wake import Wake

_GUESS_SECONDS = 1.5
_LOOK_SECONDS = 0.1


def knock(settings: PublishSettings, client_id: str) -> Version:
    """Connect as `client_id`, with password and certificates, and say goodbye; gives the MQTT version that was spoken.

    A client of that name that is connected already would be thrown out: take one that nobody has.

    Raises:
        BrokerRefused: it does not let us in.
        BrokerUnreachable: it cannot be reached, does not answer, or TLS fails.
        ConfigurationError: the password or a certificate cannot be read.
    """
    dialect = Dialect(settings.protocol)
    caller = Caller(client_id=client_id, password=password(settings), tls=tls_context(settings.tls))
    while True:
        guessing = dialect.guessing()
        link = MqttLink(settings, dialect.version, caller)
        answer = _answer(link, settings.connect_timeout_seconds, guessing=guessing)
        if answer is Signal.ACCEPTED:
            link.hang_up()
            return dialect.version
        link.drop()
        if answer is Signal.WRONG_VERSION and dialect.refused():
            continue
        if guessing and link.unanswered:
            dialect.silent()
            continue
        kind = BrokerRefused if answer is Signal.REFUSED else BrokerUnreachable
        raise kind(link.reason or f"{settings.host}:{settings.port} takes connections and does not answer")


def _answer(link: MqttLink, patience_s: float, *, guessing: bool) -> Signal | None:
    limit_s = time.monotonic() + (min(patience_s, _GUESS_SECONDS) if guessing else patience_s)
    with closing(Wake()) as wake:
        link.dial()
        while not link.signals and time.monotonic() < limit_s:
            link.wait(_LOOK_SECONDS, wake)
    return link.signals[0] if link.signals else None
