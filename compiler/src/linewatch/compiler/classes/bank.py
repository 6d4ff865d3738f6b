"""The classes of a bundle: what each target makes of labelled pictures."""

from collections.abc import Mapping, Sequence

from linewatch.compiler.classes.prototype import learned
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.teacher import FloatArray, UInt8Array
from linewatch.protos.bundle import ClassBank, DefectClass, TargetClasses

LEAST_SIMILARITY, LEAST_MARGIN = 0.4, 0.05
"""How sure a name must be. Measured (docs/adr/0009): half of the defects of other kinds get no name then, and of those
names that are given a quarter fewer are wrong.
"""


def learn_bank(judges: Mapping[str, Judge], kinds: Mapping[str, Sequence[UInt8Array]]) -> ClassBank:
    """A bank of the kinds, in order.

    Args:
        judges: the graph of each target by its name.
        kinds: frames RGB uint8[H, W, 3] of the camera that show each kind of defect.

    Raises:
        PictureError: the pictures of a kind show nothing; names it.
    """
    return ClassBank(
        targets=tuple(
            TargetClasses(
                target=target,
                classes=tuple(learned(kind, judge(frames).embeddings) for kind, frames in kinds.items()),
            )
            for target, judge in judges.items()
        ),
        least_similarity=LEAST_SIMILARITY,
        least_margin=LEAST_MARGIN,
    )


def with_class(bank: ClassBank | None, name: str, embeddings: Mapping[str, FloatArray]) -> ClassBank:
    """A bank with one class more, or with one refined.

    Args:
        bank: what is known; None for nothing yet.
        name: of the class.
        embeddings: float32[N, C] that each target gives labelled pictures.

    Raises:
        PictureError: the pictures show nothing.
    """
    return _changed(
        bank,
        {
            target: _with_one(() if bank is None else bank.of(target), name, shown)
            for target, shown in embeddings.items()
        },
    )


def without_class(bank: ClassBank, name: str) -> ClassBank:
    """A bank that does not know a class."""
    return _changed(
        bank, {one.target: tuple(known for known in one.classes if known.name != name) for one in bank.targets}
    )


def _with_one(classes: Sequence[DefectClass], name: str, embeddings: FloatArray) -> tuple[DefectClass, ...]:
    known = next((one for one in classes if one.name == name), None)
    made = learned(name, embeddings, known)
    return tuple(made if one.name == name else one for one in classes) if known else (*classes, made)


def _changed(bank: ClassBank | None, classes: Mapping[str, tuple[DefectClass, ...]]) -> ClassBank:
    return ClassBank(
        targets=tuple(TargetClasses(target=target, classes=known) for target, known in classes.items()),
        least_similarity=LEAST_SIMILARITY if bank is None else bank.least_similarity,
        least_margin=LEAST_MARGIN if bank is None else bank.least_margin,
    )
