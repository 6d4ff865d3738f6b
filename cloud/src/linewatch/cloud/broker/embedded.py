"""The embedded broker: amqtt in a thread of its own. MQTT 3.1.1, in memory, for small installations and demos."""

import asyncio
import logging
import threading
from concurrent.futures import Future
from functools import partial

import structlog
from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter  # type: ignore[import-untyped]
from amqtt.broker import Broker as AmqttBroker  # type: ignore[import-untyped]
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType  # type: ignore[import-untyped]
from amqtt.errors import AMQTTError  # type: ignore[import-untyped]

from linewatch.cloud.broker import doorkeeper
from linewatch.cloud.broker.port import Address
from linewatch.cloud.broker.settings import BrokerSettings
from linewatch.cloud.broker.users import read_users
from linewatch.cloud.errors import BrokerError

_log = structlog.get_logger(__name__)

_LISTENER = "default"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0


class EmbeddedBroker:
    """Runs amqtt. What it carries is lost with it, which devices and cloud are built for."""

    def __init__(self, settings: BrokerSettings) -> None:
        """Prepare.

        Raises:
            ConfigurationError: the users file cannot be used.
        """
        self._settings = settings
        self._users = {} if settings.users_file is None else read_users(settings.users_file)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._enough: asyncio.Event | None = None

    def start(self) -> Address:
        """Listen; returns where, with the port that was chosen.

        Raises:
            BrokerError: the address cannot be listened on.
        """
        # amqtt reports every client that comes, goes or dies as if a person had to know; what a person really has to
        # know comes as an exception.
        logging.getLogger("amqtt").setLevel(logging.CRITICAL + 1)
        started: Future[Address] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="broker", daemon=True)
        self._thread.start()
        try:
            address = started.result(_START_SECONDS)
        except (OSError, AMQTTError, TimeoutError) as error:
            where = f"{self._settings.host}:{self._settings.port}"
            raise BrokerError(
                f"the broker cannot listen on {where}: {error}; choose another broker.port, or 0 for a free one"
            ) from error
        _log.info("broker listens", host=address.host, port=address.port)
        return address

    def stop(self) -> None:
        """Close every connection and end the thread. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._loop is not None and self._enough is not None and thread.is_alive():
            self._loop.call_soon_threadsafe(self._enough.set)
        thread.join(2 * _STOP_SECONDS)

    def _run(self, started: "Future[Address]") -> None:
        # The supervision boundary of this thread: whatever stops it is told to whoever waits for the start, or logged.
        try:
            asyncio.run(self._serve(started))
        except Exception as error:  # noqa: BLE001
            if started.done():
                _log.exception("the embedded broker died")
            else:
                started.set_exception(error)

    async def _serve(self, started: "Future[Address]") -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_log_quietly)
        self._enough = asyncio.Event()
        broker = AmqttBroker(self._config())
        await broker.start()
        server = await asyncio.start_server(
            partial(_welcome, broker), self._settings.host, self._settings.port, reuse_address=True
        )
        host, port = server.sockets[0].getsockname()[:2]
        started.set_result(Address(host, port))
        await self._enough.wait()
        server.close()
        try:
            await asyncio.wait_for(broker.shutdown(), _STOP_SECONDS)
        except (TimeoutError, AMQTTError) as error:
            _log.warning("the embedded broker did not end in order", reason=str(error))

    def _config(self) -> BrokerConfig:
        # An "external" listener lets us open the socket ourselves: amqtt does not tell which port the system chose.
        return BrokerConfig(
            listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL, bind="")},
            plugins={doorkeeper.PATH: {"users": self._users}},
        )


async def _welcome(broker: AmqttBroker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await broker.external_connected(StreamReaderAdapter(reader), StreamWriterAdapter(writer), _LISTENER)


def _log_quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Errors of single connections: the client will come back, and both ends can cope."""
    _log.debug("broker connection failed", reason=str(context.get("exception") or context.get("message")))
