import threading
from pathlib import Path

import numpy as np
import pytest

from edge.tiny_bundle import dark_spot_graph, grey_frame, make_bundle
from linewatch.edge.errors import BundleRefused, InferenceError
from linewatch.edge.infer.engine import Engine, Loaded
from linewatch.edge.infer.runtimes.onnx import OnnxSession
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.plan import Wish
from linewatch.edge.infer.runtimes.port import RuntimeName, RuntimeOptions
from linewatch.edge.optional import is_installed

pytestmark = pytest.mark.skipif(
    not is_installed("openvino"), reason="OpenVINO is not installed: pip install 'linewatch-edge[openvino]'"
)


def test_it_says_what_onnx_runtime_says(tmp_path: Path) -> None:
    from linewatch.edge.infer.runtimes.openvino import OpenVinoSession

    graph = dark_spot_graph()
    here, there = OpenVinoSession(graph), OnnxSession(graph, tmp_path)
    assert (here.frame_size, here.largest_batch) == (there.frame_size, there.largest_batch) == ((None, None), None)
    generator = np.random.default_rng(0)
    for shape in ((1, 96, 128, 3), (3, 96, 128, 3), (1, 64, 64, 3), (1, 128, 96, 3), (2, 32, 32, 3), (1, 96, 128, 3)):
        frames = generator.integers(0, 255, shape, np.uint8)
        frames.setflags(write=False)
        one, other = here.run(frames), there.run(frames)
        assert np.allclose(one.score, other.score, atol=1e-5)
        assert one.map is not None
        assert other.map is not None
        assert np.allclose(one.map, other.map, atol=1e-5)


def test_many_threads_get_what_is_theirs() -> None:
    from linewatch.edge.infer.runtimes.openvino import OpenVinoSession

    session = OpenVinoSession(dark_spot_graph(), RuntimeOptions(workers=4))
    wrong: list[object] = []

    def judge(level: int) -> None:
        frame = np.full((1, 64, 64, 3), level, np.uint8)
        for _ in range(200):
            score = session.run(frame).score[0]
            if abs(score - (128 - level) / 64) > 1e-5:
                wrong.append((level, score))

    threads = [threading.Thread(target=judge, args=(level,)) for level in range(0, 128, 16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_it_serves_where_it_is_asked_for(tmp_path: Path) -> None:
    told: list[Loaded] = []
    engine = Engine(opener=Opener(Wish(runtime="openvino")), on_serving=told.append)
    model = engine.swap(make_bundle(tmp_path / "b").folder)
    assert model.runtime is RuntimeName.OPENVINO
    assert [one.stands_in_because for one in told] == [""]
    assert model.judge(grey_frame(spot=True)).score == pytest.approx(2.0)


def test_what_breaks_the_contract_is_refused() -> None:
    from linewatch.edge.infer.runtimes.openvino import OpenVinoSession

    with pytest.raises(BundleRefused, match="does not load the graph"):
        OpenVinoSession(b"not a graph")
    assert OpenVinoSession(dark_spot_graph(size=(96, 128))).frame_size == (96, 128)
    with pytest.raises(InferenceError, match=r"failed on frames \(1, 96, 128, 4\)"):
        OpenVinoSession(dark_spot_graph()).run(np.zeros((1, 96, 128, 4), np.uint8))
