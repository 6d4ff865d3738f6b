import numpy as np
import pytest

from linewatch.compiler.errors import CompilerError
from linewatch.compiler.prove.footprint import peak_memory_bytes
from linewatch.compiler.search.candidate import Candidate
from linewatch.compiler.search.cost import untaught_graph
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, TARGETS


def graph(side: int) -> bytes:
    candidate = Candidate.of(CompileSettings(student=StudentShape(height=side, width=side)))
    return untaught_graph(candidate, TARGETS[ONNX_CPU_INT8], (side, side))


def test_larger_pictures_take_more_memory_than_their_pixels_alone() -> None:
    small, large = (peak_memory_bytes(graph(side), (side, side, 3)) for side in (64, 320))
    assert large - small > 3 * (320**2 - 64**2)
    assert large < 200e6


def test_what_the_measuring_process_itself_holds_does_not_count() -> None:
    held = np.ones(400_000_000, np.uint8)
    assert 0 < peak_memory_bytes(graph(64), (64, 64, 3)) < held.nbytes / 4


def test_a_graph_that_does_not_open_is_told_of() -> None:
    with pytest.raises(CompilerError, match="could not be measured"):
        peak_memory_bytes(b"no graph", (64, 64, 3))
