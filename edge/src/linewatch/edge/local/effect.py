"""From what was taught to how a bundle judges. Pure."""

import math
from collections.abc import Sequence

import numpy as np

from linewatch.edge.errors import LocalChangeRefused
from linewatch.edge.infer.adjustments import NOTHING_TAUGHT, Adjustments, BoolArray, TaughtGood
from linewatch.edge.infer.model import Model
from linewatch.edge.local.change import NewDefect, NewGood, NewThreshold, Place, Taught
from linewatch.edge.local.entry import Entry
from linewatch.edge.local.journal import in_force
from linewatch.protos.bundle import ClassBank, DefectClass, TargetClasses
from linewatch.protos.bundle.errors import BundleError

LEAST_SIMILARITY, LEAST_MARGIN = 0.4, 0.05
"""How sure a name must be where the bundle knows no classes; docs/adr/0009."""


def taught_to(model: Model, entries: Sequence[Entry]) -> Adjustments:
    """How `model` judges by the journal; as the bundle alone says, where that is not as the device signed it."""
    try:
        changes = in_force(entries, model.digest, model.target.name)
        return adjustments([change.taught for change in changes], model.target.name, model.bundle.classes())
    except (LocalChangeRefused, BundleError):
        return NOTHING_TAUGHT


def adjustments(taught: Sequence[Taught], target: str, bank: ClassBank | None) -> Adjustments:
    """What `taught` makes of a target, in the order in which it was taught; `bank` is the bundle's own."""
    if not taught:
        return NOTHING_TAUGHT
    threshold = next((one for one in reversed(taught) if isinstance(one, NewThreshold)), None)
    defects = [one for one in taught if isinstance(one, NewDefect)]
    return Adjustments(
        threshold=None if threshold is None else threshold.threshold,
        false_positive_rate=None if threshold is None else _promised(threshold),
        classes=with_defects(bank, target, defects) if defects else None,
        goods=tuple(_good(one) for one in taught if isinstance(one, NewGood)),
    )


def with_defects(bank: ClassBank | None, target: str, defects: Sequence[NewDefect]) -> ClassBank:
    """The bank with classes of `target` added, or refined where it knows them."""
    known = {one.name: one for one in (() if bank is None else bank.of(target))}
    for one in defects:
        before = known.get(one.name)
        known[one.name] = _class(one) if before is None else _refined(before, one)
    others = () if bank is None else tuple(one for one in bank.targets if one.target != target)
    return ClassBank(
        targets=(TargetClasses(target=target, classes=tuple(known.values())), *others),
        least_similarity=LEAST_SIMILARITY if bank is None else bank.least_similarity,
        least_margin=LEAST_MARGIN if bank is None else bank.least_margin,
    )


def _class(new: NewDefect) -> DefectClass:
    return DefectClass(name=new.name, examples=new.examples, prototype=new.prototype)


def _refined(known: DefectClass, new: NewDefect) -> DefectClass:
    """The mean over the examples of both, as `linewatch classes add` refines a class."""
    examples = known.examples + new.examples
    prototype = tuple(
        (one * known.examples + other * new.examples) / examples
        for one, other in zip(known.prototype, new.prototype, strict=True)
    )
    # Directions that cancel each other out leave nothing to compare with: then what was known stays.
    return (
        known if math.hypot(*prototype) < 1e-6 else DefectClass(name=new.name, examples=examples, prototype=prototype)
    )


def _cells(place: Place) -> BoolArray:
    size = place.rows * place.columns
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(place.bits), np.uint8), count=size)
    return bits.reshape(place.rows, place.columns).astype(np.bool_)


def _promised(new: NewThreshold) -> float:
    return min(1.0, new.false_alarms_per_hour / (3600 * new.frames_per_second))


def _good(new: NewGood) -> TaughtGood:
    return TaughtGood(
        directions=np.asarray(new.directions, np.float32),
        least_similarity=new.least_similarity,
        most_score=new.most_score,
        strange=new.strange,
        most_cells=new.most_cells,
        place=None if new.place is None else _cells(new.place),
    )
