"""A thread for work that gives way to the cameras."""

import ctypes
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

ResultT = TypeVar("ResultT")

_NICE = 5


class QuietThread:
    """Does one thing after the other, with a lower priority than the workers.

    Only somewhat lower: what holds the interpreter must not starve, or the workers would wait for it. It is one thread
    for all of it, for what each thread frees stays with its share of the memory.
    """

    def __init__(self, name: str) -> None:
        """The thread starts with the first work, and ends with the program."""
        self._works: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._starting = threading.Lock()

    def do(self, work: Callable[[], ResultT]) -> ResultT:
        """Do `work` and wait for it; gives or raises what it does. Not to be called by such work itself."""
        result: Future[ResultT] = Future()
        self._put(lambda: _fulfil(result, work))
        return result.result()

    def free(self, things: list[object]) -> None:
        """Let go of `things`, which nobody else may hold any more, and give their memory back. Does not wait."""
        self._put(lambda: _free(things))

    def _put(self, work: Callable[[], None]) -> None:
        with self._starting:
            if not self._thread.is_alive():
                self._thread.start()
        self._works.put(work)

    def _run(self) -> None:
        with suppress(OSError):  # of Linux alone: priorities are of threads there
            this = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, this, os.getpriority(os.PRIO_PROCESS, this) + _NICE)
        while True:
            self._works.get()()


def _fulfil(result: "Future[ResultT]", work: Callable[[], ResultT]) -> None:
    try:
        result.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        result.set_exception(error)


def _free(things: list[object]) -> None:
    things.clear()
    with suppress(AttributeError):  # of glibc alone
        ctypes.CDLL(None).malloc_trim(0)
