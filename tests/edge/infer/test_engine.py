import threading
from pathlib import Path
from queue import Queue

import pytest

from edge.infer.native_bundle import NATIVE, NATIVE_THRESHOLD, make_native_bundle
from edge.tiny_bundle import dark_spot_graph, grey_frame, make_bundle
from linewatch.edge.errors import (
    BundleRefused,
    EdgeError,
    EngineBuildFailed,
    EngineNotBuilt,
    GoldenCheckFailed,
    RuntimeUnavailable,
)
from linewatch.edge.infer.adjustments import Adjustments
from linewatch.edge.infer.engine import Engine, Loaded
from linewatch.edge.infer.runtimes.onnx import OnnxSession
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.plan import Candidate, Wish
from linewatch.edge.infer.runtimes.port import RuntimeName, Session
from linewatch.edge.optional import is_installed
from linewatch.protos.bundle import Bundle


def test_nothing_serves_before_the_first_bundle(bundle_folder: Path) -> None:
    engine = Engine()
    assert engine.serving is None
    engine.check(bundle_folder)
    assert engine.serving is None
    assert engine.swap(bundle_folder) is engine.current() is engine.serving


def test_a_refused_bundle_leaves_the_old_one_serving(bundle_folder: Path, tmp_path: Path) -> None:
    engine = Engine()
    old = engine.swap(bundle_folder)
    make_bundle(tmp_path / "wrong", golden_error=1.0)
    with pytest.raises(GoldenCheckFailed):
        engine.swap(tmp_path / "wrong")
    with pytest.raises(BundleRefused):
        engine.swap(tmp_path / "nothing")
    assert engine.current() is old


class SlowlyNative(Opener):
    """A device whose wanted runtime has to build first; what it builds is run by ONNX Runtime here."""

    def __init__(self, fault: EdgeError | None = None) -> None:
        super().__init__(Wish(runtime="tensorrt"))
        self.may_finish = threading.Event()
        self._fault = fault

    def open(self, bundle: Bundle, candidate: Candidate, *, build: bool) -> Session:
        if candidate.runtime is not RuntimeName.TENSORRT:
            return super().open(bundle, candidate, build=build)
        if not build:
            raise EngineNotBuilt("there is no engine yet")
        assert self.may_finish.wait(30)
        if self._fault is not None:
            raise self._fault
        return OnnxSession(bundle.read(candidate.target.graph_path), bundle.folder)


def told_of(queue: "Queue[Loaded]") -> tuple[RuntimeName, str]:
    loaded = queue.get(timeout=30)
    return loaded.model.runtime, loaded.stands_in_because


def test_another_runtime_stands_in_until_the_first_engine_is_built(tmp_path: Path) -> None:
    told: Queue[Loaded] = Queue()
    opener = SlowlyNative()
    engine = Engine(opener=opener, on_serving=told.put)
    model = engine.swap(make_native_bundle(tmp_path / "b").folder)
    assert told_of(told) == (RuntimeName.ONNXRUNTIME, "tensorrt: there is no engine yet")
    assert model.judge(grey_frame(spot=True)).threshold == 1.0
    opener.may_finish.set()
    assert told_of(told) == (RuntimeName.TENSORRT, "")
    verdict = engine.current().judge(grey_frame(spot=True))
    assert (verdict.target, verdict.threshold) == (NATIVE, NATIVE_THRESHOLD)


@pytest.mark.parametrize("kind", [EngineBuildFailed, RuntimeUnavailable, BundleRefused])
def test_an_engine_that_cannot_be_had_leaves_what_stands_in(tmp_path: Path, kind: type[EdgeError]) -> None:
    told: Queue[Loaded] = Queue()
    opener = SlowlyNative(kind("no memory"))
    opener.may_finish.set()
    engine = Engine(opener=opener, on_serving=told.put)
    engine.swap(make_native_bundle(tmp_path / "b").folder)
    assert told_of(told)[0] is RuntimeName.ONNXRUNTIME
    assert told_of(told) == (RuntimeName.ONNXRUNTIME, "tensorrt: no memory")
    assert engine.current().judge(grey_frame()).threshold == 1.0


def test_the_old_bundle_serves_while_the_engine_of_the_new_one_is_built(tmp_path: Path) -> None:
    told: Queue[Loaded] = Queue()
    opener = SlowlyNative()
    engine = Engine(opener=opener, on_serving=told.put)
    first = engine.swap(make_bundle(tmp_path / "first").folder)
    assert "no target for TensorRT" in told_of(told)[1]
    swapping = threading.Thread(target=engine.swap, args=(make_native_bundle(tmp_path / "second").folder,))
    swapping.start()
    engine.adjust(lambda _: Adjustments(threshold=0.25))
    assert engine.current().digest == first.digest
    assert engine.current().judge(grey_frame()).threshold == 0.25
    opener.may_finish.set()
    swapping.join(30)
    assert told_of(told) == (RuntimeName.TENSORRT, "")
    assert engine.current().digest != first.digest


def test_an_engine_that_gives_other_scores_is_not_used(tmp_path: Path) -> None:
    opener = SlowlyNative()
    opener.may_finish.set()
    told: Queue[Loaded] = Queue()
    engine = Engine(opener=opener, on_serving=told.put)
    engine.swap(make_bundle(tmp_path / "first").folder)
    told_of(told)
    model = engine.swap(make_native_bundle(tmp_path / "b", graph=dark_spot_graph(gain=2.0)).folder)
    assert model.runtime is RuntimeName.ONNXRUNTIME
    assert "golden/1.png scores 4 here" in told_of(told)[1]


def test_where_tensorrt_is_not_installed_the_reason_is_told(tmp_path: Path) -> None:
    if is_installed("tensorrt"):
        pytest.skip("TensorRT is installed here")
    told: Queue[Loaded] = Queue()
    engine = Engine(opener=Opener(Wish(runtime="tensorrt"), engines=tmp_path / "engines"), on_serving=told.put)
    engine.swap(make_native_bundle(tmp_path / "b").folder)
    assert "TensorRT is not installed" in told_of(told)[1]
    assert told.empty()
