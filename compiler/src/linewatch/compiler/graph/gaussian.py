"""Writes the head that knows what is normal at each place."""

from linewatch.compiler.graph.constants import FACTOR, MEAN
from linewatch.compiler.graph.opinion import Normal, Opinion, Seen, by_place
from linewatch.compiler.graph.projection import projected
from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.student.student import Student


def write_gaussian(writer: GraphWriter, student: Student, seen: Seen) -> Opinion:
    """The nodes of the Gaussian. Channels come last: so the cells of a region are moved in long runs.

    The 1 x 1 convolutions come before the pooling, which is the same and pools fewer channels.
    """
    *weights, bias = student.projection.folded(student.trunk)
    features = projected(writer, (weights[0], weights[1]), seen, ("to_middle", "to_deep"), pool=True)
    normal = Normal(student.normality.mean - bias[:, None, None], student.normality.factor, (MEAN, FACTOR))
    return by_place(writer, features, normal, student.shape)
