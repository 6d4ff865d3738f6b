"""Work that gives way to the cameras."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

ResultT = TypeVar("ResultT")

_NICE = 5


def gently(work: Callable[[], ResultT], name: str) -> ResultT:
    """Do `work` on a thread of its own, with a lower priority than the workers; gives or raises what it does.

    Only somewhat lower: what holds the interpreter must not starve, or the workers would wait for it.
    """
    result: Future[ResultT] = Future()

    def run() -> None:
        with suppress(OSError):  # of Linux alone: priorities are of threads there
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            result.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return result.result()
