"""Names defects: a prototype of each class, and the rule by which an embedding gets a name.

Prototypes as in Snell, Swersky and Zemel, "Prototypical networks for few-shot learning", NeurIPS 2017: one labelled
picture makes a class, each further one refines it, and nothing is trained.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from linewatch.protos import bundle_pb2 as pb

Direction = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class DefectClass:
    """One kind of defect: `prototype` is the mean direction of the embeddings of `examples` pictures."""

    name: str
    examples: int
    prototype: Direction

    @classmethod
    def from_proto(cls, message: pb.DefectClass) -> "DefectClass":
        """Read the message."""
        return cls(name=message.name, examples=message.examples, prototype=tuple(message.prototype))

    def to_proto(self) -> pb.DefectClass:
        """Write the message."""
        return pb.DefectClass(name=self.name, examples=self.examples, prototype=self.prototype)

    def similarity(self, direction: Direction) -> float:
        """The cosine of the angle between the prototype and a direction of length 1."""
        along = sum(one * other for one, other in zip(self.prototype, direction, strict=True))
        return along / math.hypot(*self.prototype)


@dataclass(frozen=True, kw_only=True)
class TargetClasses:
    """The classes as one target sees them."""

    target: str
    classes: tuple[DefectClass, ...]

    @classmethod
    def from_proto(cls, message: pb.TargetClasses) -> "TargetClasses":
        """Read the message."""
        return cls(target=message.target, classes=tuple(map(DefectClass.from_proto, message.classes)))

    def to_proto(self) -> pb.TargetClasses:
        """Write the message."""
        return pb.TargetClasses(target=self.target, classes=[one.to_proto() for one in self.classes])


@dataclass(frozen=True, kw_only=True)
class ClassBank:
    """The same classes for every target, and how sure a name must be: see `name`."""

    targets: tuple[TargetClasses, ...]
    least_similarity: float
    least_margin: float

    @classmethod
    def from_proto(cls, message: pb.ClassBank) -> "ClassBank":
        """Read the message."""
        return cls(
            targets=tuple(map(TargetClasses.from_proto, message.targets)),
            least_similarity=message.least_similarity,
            least_margin=message.least_margin,
        )

    def to_proto(self) -> pb.ClassBank:
        """Write the message."""
        return pb.ClassBank(
            targets=[one.to_proto() for one in self.targets],
            least_similarity=self.least_similarity,
            least_margin=self.least_margin,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The classes, in order."""
        return tuple(one.name for one in self.targets[0].classes) if self.targets else ()

    def of(self, target: str) -> tuple[DefectClass, ...]:
        """The classes as the target sees them; none if the bank does not know it."""
        return next((one.classes for one in self.targets if one.target == target), ())

    def name(self, target: str, embedding: Sequence[float]) -> str:
        """The name of what an embedding shows: that of the most similar class.

        Empty when that is less similar than `least_similarity`, or by less than `least_margin` more similar than the
        next: no name is better than a wrong one.
        """
        direction, classes = direction_of(embedding), self.of(target)
        if direction is None or not classes:
            return ""
        found = sorted(((one.similarity(direction), one.name) for one in classes), reverse=True)
        best, name = found[0]
        unlike = best < self.least_similarity or (len(found) > 1 and best - found[1][0] < self.least_margin)
        return "" if unlike else name


def direction_of(embedding: Sequence[float]) -> Direction | None:
    """The embedding with length 1; None if it points nowhere."""
    numbers = [float(number) for number in embedding]
    length = math.hypot(*numbers)
    return tuple(number / length for number in numbers) if math.isfinite(length) and length > 0 else None
