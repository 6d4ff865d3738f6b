"""How often a target names the defects that it finds, and how often rightly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linewatch.compiler.graph.runtime import Verdicts
from linewatch.compiler.pictures import TestPicture
from linewatch.protos.bundle import ClassBank

UNNAMED = ""


@dataclass(frozen=True, kw_only=True)
class Naming:
    """For each kind of defect that was found, how often which name was given; `UNNAMED` for none.

    Kinds that are not `known` to the bank are among them: no name is right for those.
    """

    given: Mapping[str, Mapping[str, int]]
    known: frozenset[str]

    @property
    def found(self) -> int:
        """Pictures of known kinds that were found."""
        return sum(sum(names.values()) for kind, names in self.given.items() if kind in self.known)

    @property
    def right(self) -> int:
        """Those that got the name of their kind."""
        return sum(names.get(kind, 0) for kind, names in self.given.items())

    @property
    def wrong(self) -> int:
        """Those that got another name."""
        return sum(
            count
            for kind, names in self.given.items()
            for name, count in names.items()
            if kind in self.known and name not in (kind, UNNAMED)
        )

    @property
    def strange(self) -> int:
        """Pictures of unknown kinds that were found."""
        return sum(sum(names.values()) for kind, names in self.given.items() if kind not in self.known)

    @property
    def strange_named(self) -> int:
        """Those that got a name."""
        return self.strange - sum(names.get(UNNAMED, 0) for kind, names in self.given.items() if kind not in self.known)


def naming(pictures: Sequence[TestPicture], verdicts: Verdicts, bank: ClassBank, target: str) -> Naming | None:
    """What a target, whose threshold is 1, calls the defects that it finds; None where nothing was found."""
    given: dict[str, Counter[str]] = {}
    for picture, score, embedding in zip(pictures, verdicts.scores, verdicts.embeddings, strict=True):
        if picture.kind and score >= 1:
            given.setdefault(picture.kind, Counter())[bank.name(target, embedding.tolist())] += 1
    known = frozenset(one.name for one in bank.of(target))
    return Naming(given=given, known=known) if given else None
