"""Writes the embedding, by which defects get their names."""

import numpy as np

from linewatch.compiler.graph.constants import TYPICAL
from linewatch.compiler.graph.opinion import Seen, as_array, axes, reshape
from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.student.embedding import FOCUS
from linewatch.compiler.student.student import Student
from linewatch.compiler.student.trunk import DEEP, MIDDLE


def write_embedding(writer: GraphWriter, student: Student, seen: Seen, maps: str, output: str) -> None:
    """The nodes of the embedding, from the anomaly map [N, 1, h, w].

    Deep stage and what is typical are summed by the same weights before the one is taken from the other.
    """
    places = student.shape.grid[0] * student.shape.grid[1] // 4
    weight = writer.node("AveragePool", [maps], kernel_shape=[2, 2], strides=[2, 2])
    weight = writer.node("Div", [weight, writer.node("ReduceMax", [weight, axes(writer, 2, 3)], keepdims=1)])
    for _ in range(FOCUS):
        weight = writer.node("Mul", [weight, weight])
    share = writer.node("Div", [weight, writer.node("ReduceSum", [weight, axes(writer, 2, 3)], keepdims=1)])
    column = reshape(writer, share, [0, places, 1])
    shown = writer.node("MatMul", [reshape(writer, seen.deep, [0, DEEP, places]), column])
    trunk, typical = student.trunk, student.embedding.typical
    centre, scale = (as_array(value[MIDDLE:, :, 0]) for value in (trunk.centre, trunk.scale))
    if typical.shape[1] > 1:
        table = writer.constant(as_array(typical).reshape(DEEP, places) * scale + centre, np.float32, name=TYPICAL)
        usual = writer.node("MatMul", [table, column])
    else:
        usual = writer.constant(as_array(typical)[:, :, 0] * scale + centre, np.float32)
    apart = writer.node("Mul", [writer.node("Sub", [shown, usual]), writer.constant(1 / scale, np.float32)])
    writer.node("Squeeze", [apart, axes(writer, 2)], output=output)
