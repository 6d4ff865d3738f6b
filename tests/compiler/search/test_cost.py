import numpy as np
from onnx import load_from_string

from linewatch.compiler.graph.region import frames_around
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.prune.prune import PruneSettings
from linewatch.compiler.search.candidate import Candidate
from linewatch.compiler.search.cost import untaught_graph
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, TARGETS
from linewatch.protos.bundle import RegionOfInterest

CANDIDATE = Candidate(
    scale=0.25, shape=StudentShape(height=64, width=64, features=8), prune=PruneSettings().scaled(0.25)
)
PICTURE = np.random.default_rng(3).integers(0, 256, (90, 120, 3), dtype=np.uint8)


def test_a_region_is_cut_out_of_the_frame_that_is_timed() -> None:
    region = RegionOfInterest(left=0.25, top=0.25, width=0.5, height=0.5)
    plain, cut = (untaught_graph(CANDIDATE, TARGETS[ONNX_CPU_INT8], (90, 120), one) for one in (None, region))
    (frame,) = frames_around([PICTURE], region)
    np.testing.assert_allclose(Judge(cut)([frame]).scores, Judge(plain)([PICTURE]).scores, rtol=1e-6)
    assert [node.op_type for node in load_from_string(cut).graph.node].count("Slice") == 1
