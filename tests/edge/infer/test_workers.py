import os
import threading
from pathlib import Path

import pytest

from edge.tiny_bundle import grey_frame
from linewatch.edge.capture.frame import Frame
from linewatch.edge.infer.batch import Result
from linewatch.edge.infer.engine import Engine
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.setup import settle
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.infer.workers import Workers
from linewatch.edge.ring.ring import Ring
from linewatch.edge.ring.settings import RingSettings


@pytest.mark.parametrize(("count", "batch"), [(1, 1), (3, 1), (1, 4), (3, 4)])
def test_every_frame_is_judged_once_by_pinned_workers(bundle_folder: Path, count: int, batch: int) -> None:
    engine = Engine()
    engine.swap(bundle_folder)
    ring = Ring(RingSettings())
    ring.add_camera("c", live=False)
    found: dict[int, Result] = {}
    cores: set[frozenset[int]] = set()
    lock = threading.Lock()

    def deliver(camera: str, ticket: int, result: Result) -> None:
        with lock:
            assert ticket not in found
            found[ticket] = result
            cores.add(frozenset(os.sched_getaffinity(0)))

    workers = Workers(ring, engine, deliver, settle(InferenceSettings(workers=count, pin=True, batch=batch)))
    workers.start()
    for number in range(50):
        ring.put(Frame("c", number, grey_frame(spot=number % 5 == 0), 0, 0.0))
    ring.close()
    workers.join()
    assert workers.count == count
    assert sorted(found) == list(range(50))
    for number, result in found.items():
        assert isinstance(result, Judged)
        assert result.frame.number == number
        assert result.verdict.anomalous == (number % 5 == 0)
    assert all(len(core) == 1 for core in cores)


def test_one_worker_for_each_allowed_core_by_default(bundle_folder: Path) -> None:
    workers = Workers(Ring(RingSettings()), Engine(), lambda *_: None, settle(InferenceSettings()))
    assert workers.count == len(os.sched_getaffinity(0))
