"""Runs the update process and watches it: silence ends it."""

import os
import selectors
import subprocess
import time
from collections.abc import Iterator
from threading import Event as Flag

from linewatch.edge.child_command import child_command
from linewatch.edge.errors import RegistryTooSlow, UpdateInterrupted
from linewatch.edge.update.message import Message, Request, Told

_POLL_SECONDS = 0.1
_START_SECONDS = 60.0
_LAST_SECONDS = 5.0
_READ_BYTES = 1 << 16
_LAST = frozenset({Told.CURRENT, Told.HELD_BACK, Told.WHOLE, Told.FAILED})


def run(request: Request, stop: Flag) -> Iterator[Message]:
    """Start the update process and yield what it tells; its last message is the last one.

    Args:
        request: what it is to do.
        stop: ends it early when set.

    Raises:
        RegistryTooSlow: it was silent for too long, and was ended.
        UpdateInterrupted: it died, or `stop` was set.
    """
    process = subprocess.Popen(
        child_command("linewatch.edge.update.child"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    ended = False
    try:
        assert process.stdout is not None
        _hand_over(process, request)
        for line in _lines(process.stdout.fileno(), stop, _START_SECONDS + 2 * request.stall_seconds):
            message = _read(line)
            ended = message.told in _LAST
            yield message
            if ended:
                return
        raise UpdateInterrupted(f"the update process ended early (exit code {process.wait()})")
    finally:
        _end(process, _LAST_SECONDS if ended else 0.0)


def _hand_over(process: subprocess.Popen[bytes], request: Request) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(request.to_json().encode() + b"\n")
        process.stdin.close()
    except BrokenPipeError as error:
        raise UpdateInterrupted("the update process ended before it was told what to do") from error


def _lines(descriptor: int, stop: Flag, patience_seconds: float) -> Iterator[bytes]:
    buffer, heard = b"", time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not stop.is_set():
            if selector.select(_POLL_SECONDS):
                data = os.read(descriptor, _READ_BYTES)
                if not data:
                    return
                heard = time.monotonic()
                *lines, buffer = (buffer + data).split(b"\n")
                yield from lines
            elif time.monotonic() - heard > patience_seconds:
                raise RegistryTooSlow(f"the update told nothing for {patience_seconds:g} s and was ended")
    raise UpdateInterrupted("the update was stopped; what was fetched is kept for the next try")


def _read(line: bytes) -> Message:
    try:
        return Message.from_json(line)
    except (ValueError, TypeError, KeyError) as error:
        raise UpdateInterrupted(f"the update process said what nobody understands: {line[:80]!r}") from error


def _end(process: subprocess.Popen[bytes], patience_seconds: float) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            pipe.close()
    try:
        process.wait(timeout=patience_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
