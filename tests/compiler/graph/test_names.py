from collections.abc import Mapping

import numpy as np
import onnx

from linewatch.compiler.graph.export import EMBEDDING, FRAMES, MAP, SCORE, THRESHOLD, set_threshold
from linewatch.compiler.graph.names import shorten_names
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.target import ONNX_CPU_INT8
from untaught import Untaught


def test_short_names_change_nothing_but_the_size(untaught: Untaught) -> None:
    model = onnx.ModelProto()
    model.CopyFrom(untaught.fp32)
    shorten_names(model, kept=(THRESHOLD,))
    onnx.checker.check_model(model, full_check=True)
    frames = untaught.odd
    wanted = Judge(untaught.fp32.SerializeToString())(frames)
    found = Judge(model.SerializeToString())(frames)
    np.testing.assert_array_equal(found.scores, wanted.scores)
    np.testing.assert_array_equal(found.embeddings, wanted.embeddings)
    assert model.ByteSize() < untaught.fp32.ByteSize()
    set_threshold(model, 2.0)
    np.testing.assert_allclose(Judge(model.SerializeToString())(frames).scores, wanted.scores / 2, rtol=1e-6)


def test_only_what_others_know_keeps_a_long_name(graphs: Mapping[str, bytes]) -> None:
    model = onnx.load_from_string(graphs[ONNX_CPU_INT8])
    names = {name for node in model.graph.node for name in (*node.input, *node.output)}
    assert {name for name in names if len(name) > 3} == {FRAMES, SCORE, EMBEDDING, THRESHOLD}
    assert MAP in names
