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

    Kinds that the bank does not know are among them: no name is right for those.
    """

    given: Mapping[str, Mapping[str, int]]

    @property
    def found(self) -> int:
        """Pictures of known kinds that were found."""
        return sum(sum(names.values()) for names in self.given.values())

    @property
    def right(self) -> int:
        """Those that got the name of their kind."""
        return sum(names.get(kind, 0) for kind, names in self.given.items())

    @property
    def wrong(self) -> int:
        """Those that got another name."""
        return sum(
            count for kind, names in self.given.items() for name, count in names.items() if name not in (kind, UNNAMED)
        )


def naming(pictures: Sequence[TestPicture], verdicts: Verdicts, bank: ClassBank, target: str) -> Naming | None:
    """What a target, whose threshold is 1, calls the defects that it finds; None where nothing was found."""
    given: dict[str, Counter[str]] = {}
    for picture, score, embedding in zip(pictures, verdicts.scores, verdicts.embeddings, strict=True):
        if picture.kind and score >= 1:
            given.setdefault(picture.kind, Counter())[bank.name(target, embedding.tolist())] += 1
    return Naming(given=given) if given else None
