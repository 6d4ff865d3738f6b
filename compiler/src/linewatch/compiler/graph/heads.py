"""The heads of students, each with what writes it into a graph."""

from collections.abc import Callable, Mapping

from linewatch.compiler.graph.discriminator import write_discriminator
from linewatch.compiler.graph.gaussian import write_gaussian
from linewatch.compiler.graph.motion import write_motion
from linewatch.compiler.graph.opinion import Opinion, Seen
from linewatch.compiler.graph.writer import GraphWriter
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, MOTION
from linewatch.compiler.student.student import Student

HEADS: Mapping[str, Callable[[GraphWriter, Student, Seen], Opinion]] = {
    GAUSSIAN: write_gaussian,
    DISCRIMINATOR: write_discriminator,
    MOTION: write_motion,
}
