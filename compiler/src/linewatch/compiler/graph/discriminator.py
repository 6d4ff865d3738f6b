"""Writes the head that knows what defects look like."""

import numpy as np

from linewatch.compiler.graph.opinion import Opinion, Seen, as_array, top
from linewatch.compiler.graph.projection import projected
from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.student.discriminator import TEMPERATURE
from linewatch.compiler.student.student import Student


def write_discriminator(writer: GraphWriter, student: Student, seen: Seen) -> Opinion:
    """The nodes of the discriminator."""
    head = student.discriminator
    *weights, bias = head.projection.folded(student.trunk)
    features = projected(writer, (weights[0], weights[1]), seen, ("found_middle", "found_deep"), pool=False)
    shifted = writer.node("Add", [features, writer.constant(as_array(bias)[:, None, None], np.float32)])
    kernel = writer.constant(as_array(head.decision.around.weight), np.float32, name="found_around")
    assert head.decision.around.bias is not None
    around = [writer.node("Relu", [shifted]), kernel, writer.constant(as_array(head.decision.around.bias), np.float32)]
    found = writer.node("Relu", [writer.node("Conv", around, kernel_shape=[3, 3], pads=[1, 1, 1, 1])])
    assert head.decision.last.bias is not None
    last = [as_array(head.decision.last.weight) / TEMPERATURE, as_array(head.decision.last.bias) / TEMPERATURE]
    logits = writer.node("Conv", [found, *(writer.constant(one, np.float32) for one in last)], kernel_shape=[1, 1])
    strange = writer.node("Softplus", [logits])
    return Opinion(strange, top(writer, strange, student.shape.grid, student.shape.found_cells))
