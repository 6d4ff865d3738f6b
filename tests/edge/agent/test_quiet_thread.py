import os
import threading

import pytest

from linewatch.edge.agent.quiet_thread import QuietThread


class Thing:
    pass


def test_work_is_done_on_another_thread_that_gives_way() -> None:
    quiet = QuietThread("quiet")

    def look() -> tuple[str, int]:
        return threading.current_thread().name, os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert quiet.do(look) == ("quiet", min(19, mine + 5))
    assert quiet.do(look) == quiet.do(look), "it is one thread"
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine


def test_what_the_work_raises_is_raised_where_it_is_waited_for() -> None:
    quiet = QuietThread("quiet")
    with pytest.raises(ZeroDivisionError):
        quiet.do(lambda: 1 // 0)
    assert quiet.do(lambda: "still there") == "still there"


def test_things_are_let_go() -> None:
    import weakref

    quiet, thing = QuietThread("quiet"), Thing()
    gone, things = weakref.ref(thing), [thing]
    del thing
    quiet.free(list[object](things))
    things.clear()
    quiet.do(lambda: None)
    assert gone() is None


def test_many_may_ask_at_once() -> None:
    quiet, found = QuietThread("quiet"), []
    threads = [threading.Thread(target=lambda n=n: found.append(quiet.do(lambda: n))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(20))
