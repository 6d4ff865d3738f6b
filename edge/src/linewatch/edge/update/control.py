"""How an operator's command reaches the agent that runs: a socket in the state folder, for its owner alone.

One line of JSON asks; lines of JSON say how it goes, and the last one how it ended.
"""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from linewatch.edge import errors
from linewatch.edge.errors import AgentGoesOn, EdgeError, StateUnwritable, UpdateInterrupted
from linewatch.edge.update.machine import State
from linewatch.edge.update.status import UpdateStatus

_log = structlog.get_logger(__name__)

_NAME = "control.sock"
_MODE = 0o600
_MOST_BYTES = 1 << 16
_TELL_S = 0.5
_SILENCE_S = 30.0

Deed = Callable[[Mapping[str, str]], Any]
"""Gives a dataclass of plain values; raises EdgeError."""
Told = Callable[[UpdateStatus], None]


class ControlServer:
    """Does what operators ask for, one after the other, on a thread of its own."""

    def __init__(self, state: Path, deeds: Mapping[str, Deed], status: Callable[[], UpdateStatus]) -> None:
        """Listen below the state folder; one agent has it, as it has the spool.

        Args:
            state: the device's state folder.
            deeds: by name, what can be asked for; each is given the words of the question.
            status: tells how far a deed is.

        Raises:
            StateUnwritable: there can be no socket.
        """
        self._deeds = deeds
        self._status = status
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._path = state / _NAME
        try:
            os.fchmod(self._listener.fileno(), _MODE)  # before it has a name: nobody else can ever connect
            self._path.unlink(missing_ok=True)
            with _short(state) as place:
                self._listener.bind(place)
            self._listener.listen(4)
        except OSError as error:
            self._listener.close()
            raise StateUnwritable(f"cannot listen at {self._path} ({error}); check the state folder") from error
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; what is under way goes on."""
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # Supervision boundary: whoever asks nonsense, or hangs up, must not end the next one's talk.
            try:
                with closing(connection):
                    connection.settimeout(_SILENCE_S)
                    self._answer(connection)
            except OSError as error:
                _log.debug("operator hung up", reason=str(error))
            except Exception:  # noqa: BLE001
                _log.exception("operator not answered")

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader:
            line = reader.readline(_MOST_BYTES)
        ended: dict[str, object] = {}
        worker = threading.Thread(target=lambda: ended.update(self._do(line)), name="control-deed", daemon=True)
        worker.start()
        try:
            while worker.is_alive():
                worker.join(_TELL_S)
                if worker.is_alive():
                    _send(connection, asdict(self._status()))
        finally:
            worker.join()  # what is under way goes on without whoever asked, and the next one waits for it
        _send(connection, {**ended, "done": True})

    def _do(self, line: bytes) -> dict[str, object]:
        """What is answered to a question."""
        try:
            words = {str(key): str(value) for key, value in json.loads(line).items()}
            name = words.pop("do")
            deed = self._deeds[name]
        except (ValueError, AttributeError, KeyError) as error:
            return _failed(UpdateInterrupted(f"the agent does not understand {line!r}: {error}"))
        # Supervision boundary: whoever asks is answered, whatever goes wrong.
        try:
            _log.info("operator asked", deed=name)
            return asdict(deed(words))
        except EdgeError as error:
            return _failed(error)
        except Exception as error:  # noqa: BLE001
            _log.exception("deed failed")
            return _failed(EdgeError(f"this is a fault of the agent; its log says more ({error})"))


def ask_agent(state: Path, words: Mapping[str, str], told: Told) -> UpdateStatus | None:
    """Ask the agent that runs; None where none does.

    Args:
        state: the device's state folder.
        words: `do` names the deed.
        told: told how it goes, now and then.

    Raises:
        EdgeError: what the agent raised.
        UpdateInterrupted: it hung up, or fell silent.
        AgentGoesOn: the operator interrupted this process, which changes nothing for the agent.
        StateUnwritable: it runs as another user.
    """
    with _connected(state) as end:
        if end is None:
            return None
        try:
            return _status(_talk(end, words, lambda said: told(_status(said))))
        except KeyboardInterrupt:
            raise AgentGoesOn(
                "interrupted here, but the agent was asked already and goes on; "
                "`linewatch-edge bundle list` shows what comes of it"
            ) from None


def ask_plainly(
    state: Path, words: Mapping[str, str], told: Callable[[dict[str, object]], None] = lambda _: None
) -> dict[str, object] | None:
    """As `ask_agent`, of what answers with something else than the state of an update: its fields."""
    with _connected(state) as end:
        return None if end is None else _talk(end, words, told)


@contextmanager
def _connected(state: Path) -> Iterator[socket.socket | None]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as end:
        try:
            with _short(state) as place:
                end.connect(place)
            runs = True
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            runs = False
        except OSError as error:
            raise StateUnwritable(f"cannot talk to the agent at {state / _NAME} ({error}); ask as its user") from error
        yield end if runs else None


def _talk(end: socket.socket, words: Mapping[str, str], told: Callable[[dict[str, object]], None]) -> dict[str, object]:
    try:
        end.settimeout(_SILENCE_S)
        _send(end, words)
        with end.makefile("rb") as reader:
            for line in reader:
                fields = json.loads(line)
                if fields.pop("done", False):
                    return _ending(fields)
                told(fields)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UpdateInterrupted(f"the agent did not answer to the end ({error}); look at its log") from error
    raise UpdateInterrupted("the agent hung up before it had done what it was asked for; look at its log")


def _failed(error: EdgeError) -> dict[str, object]:
    return {"error": type(error).__name__, "text": str(error)}


def _ending(fields: dict[str, object]) -> dict[str, object]:
    if "error" not in fields:
        return fields
    kind = getattr(errors, str(fields["error"]), None)
    raise kind(fields["text"]) if isinstance(kind, type) and issubclass(kind, EdgeError) else EdgeError(fields["text"])


def _status(fields: dict[str, object]) -> UpdateStatus:
    return UpdateStatus(**{**fields, "state": State(str(fields["state"]))})  # type: ignore[arg-type]


def _send(end: socket.socket, fields: Mapping[str, object]) -> None:
    end.sendall(json.dumps(fields).encode() + b"\n")


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """A way to the socket that is short enough for an address, however deep the folder is."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{_NAME}"
    finally:
        os.close(descriptor)
