import threading
from concurrent.futures import Future
from pathlib import Path
from queue import Queue

import pytest

from edge.infer.native_bundle import NATIVE, NATIVE_THRESHOLD, make_native_bundle
from edge.infer.slowly_native import SlowlyNative
from edge.tiny_bundle import dark_spot_graph, grey_frame, make_bundle
from linewatch.edge.errors import (
    BuildGivenUp,
    BundleRefused,
    EdgeError,
    EngineBuildFailed,
    GoldenCheckFailed,
    RuntimeUnavailable,
)
from linewatch.edge.infer.adjustments import Adjustments
from linewatch.edge.infer.build_turns import GivenUp, never
from linewatch.edge.infer.engine import Engine, Loaded
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.plan import Wish
from linewatch.edge.infer.runtimes.port import RuntimeName
from linewatch.edge.optional import is_installed


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
    swapping = swap_in_background(engine, make_native_bundle(tmp_path / "second").folder)
    opener.building.get(timeout=30)
    engine.adjust(lambda _: Adjustments(threshold=0.25))
    assert engine.current().digest == first.digest
    assert engine.current().judge(grey_frame()).threshold == 0.25
    opener.may_finish.set()
    swapping.result(30)
    assert told_of(told) == (RuntimeName.TENSORRT, "")
    assert engine.current().digest != first.digest


def swap_in_background(engine: Engine, folder: Path, given_up: GivenUp = never) -> "Future[Model]":
    """As the agent swaps: what has to be built is built before."""

    def swap() -> Model:
        with engine.built(folder, given_up):
            return engine.swap(folder)

    future: Future[Model] = Future()

    def run() -> None:
        try:
            future.set_result(swap())
        except EdgeError as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def test_nothing_that_serving_needs_waits_for_a_build(tmp_path: Path) -> None:
    opener = SlowlyNative()
    engine = Engine(opener=opener)
    first, before = make_bundle(tmp_path / "first").folder, make_bundle(tmp_path / "before", gain=1.5).folder
    engine.swap(first)
    swapping = swap_in_background(engine, make_native_bundle(tmp_path / "second").folder)
    opener.building.get(timeout=30)
    engine.check(before)
    restored = engine.swap(before)
    assert engine.swap(first).digest != restored.digest
    assert not swapping.done()
    opener.may_finish.set()
    assert swapping.result(30) is engine.current()


def test_a_newer_bundle_ends_a_build_that_is_under_way(tmp_path: Path) -> None:
    opener = SlowlyNative()
    engine = Engine(opener=opener)
    engine.swap(make_bundle(tmp_path / "first").folder)
    older = make_native_bundle(tmp_path / "older")
    newer = make_native_bundle(tmp_path / "newer", graph=dark_spot_graph(gain=1.0 + 1e-7))
    swapping = swap_in_background(engine, older.folder)
    assert opener.building.get(timeout=30) == older.digest
    taking_over = swap_in_background(engine, newer.folder)
    with pytest.raises(BuildGivenUp):
        swapping.result(30)
    assert opener.building.get(timeout=30) == newer.digest
    opener.may_finish.set()
    assert taking_over.result(30).digest == engine.current().digest == newer.digest
    assert engine.current().runtime is RuntimeName.TENSORRT


def test_a_build_for_the_bundle_that_serves_gives_way_and_goes_on_where_the_newer_one_fails(tmp_path: Path) -> None:
    told: Queue[Loaded] = Queue()
    opener = SlowlyNative()
    engine = Engine(opener=opener, on_serving=told.put)
    serving = make_native_bundle(tmp_path / "b")
    engine.swap(serving.folder)
    assert told_of(told)[0] is RuntimeName.ONNXRUNTIME
    assert opener.building.get(timeout=30) == serving.digest
    unwanted = threading.Event()
    newer = make_native_bundle(tmp_path / "newer", graph=dark_spot_graph(gain=1.0 + 1e-7))
    swapping = swap_in_background(engine, newer.folder, unwanted.is_set)
    assert opener.building.get(timeout=30) == newer.digest
    unwanted.set()
    with pytest.raises(BuildGivenUp):
        swapping.result(30)
    assert opener.building.get(timeout=30) == serving.digest
    opener.may_finish.set()
    assert told_of(told) == (RuntimeName.TENSORRT, "")
    assert engine.current().digest == serving.digest


def test_an_engine_that_gives_other_scores_is_not_used(tmp_path: Path) -> None:
    opener = SlowlyNative()
    opener.may_finish.set()
    told: Queue[Loaded] = Queue()
    engine = Engine(opener=opener, on_serving=told.put)
    engine.swap(make_bundle(tmp_path / "first").folder)
    told_of(told)
    folder = make_native_bundle(tmp_path / "b", graph=dark_spot_graph(gain=2.0)).folder
    model = swap_in_background(engine, folder).result(30)
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


def test_a_runtime_that_failed_while_it_served_is_left_out(tmp_path: Path) -> None:
    told: Queue[Loaded] = Queue()
    opener = SlowlyNative()
    opener.may_finish.set()
    engine = Engine(opener=opener, on_serving=told.put)
    folder = make_native_bundle(tmp_path / "b").folder
    engine.swap(folder)
    assert told_of(told)[0] is RuntimeName.ONNXRUNTIME
    assert told_of(told)[0] is RuntimeName.TENSORRT
    assert engine.swap(folder, without=RuntimeName.TENSORRT).runtime is RuntimeName.ONNXRUNTIME
    assert told_of(told) == (RuntimeName.ONNXRUNTIME, "tensorrt: it failed while it served")
    assert engine.swap(folder, without=RuntimeName.ONNXRUNTIME).runtime is RuntimeName.TENSORRT
