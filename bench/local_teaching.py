"""What a device that is taught good pictures no longer reports: alarms of that kind, and defects.

Marks are drawn on good pictures of the project's own parts (ink, chalk, a label, oil), at one place or anywhere on the
part. A few marked pictures teach, others are judged: marked good parts, defective parts, and defective ones that are
marked. `python -m bench.run local`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
import numpy.typing as npt

from bench.record import Record, at_least, at_most, seen
from linewatch.edge.capture.pictures import decode_picture, find_pictures, read_picture
from linewatch.edge.infer.adjustments import Adjustments
from linewatch.edge.infer.model import Model, load_model
from linewatch.edge.infer.verdict import Verdict
from linewatch.edge.local.effect import adjustments
from linewatch.edge.local.prototypes import Seen, good_prototype

COMMAND = "python -m bench.run local"
ROUNDS, TEACHING, EACH_DEFECT = 25, 24, 5
TAUGHT_BY = (1, 3, 5)
REMOVED_GOAL, LOST_GOAL = 0.5, 0.02
"""With three pictures of a mark at one place."""

Pixels = npt.NDArray[np.uint8]
Draw = Callable[[Pixels, int, int, np.random.Generator], float]
"""Draws at (x, y) on a copy; gives how opaque the mark is."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Verdicts on one kind of mark: on pictures that may teach, on other good parts, and on defective parts."""

    teaching: Sequence[Verdict]
    good: Sequence[Verdict]
    defective: Sequence[Verdict]


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Of the alarms on marked good parts, of the found defects, and of those on parts that are marked as well."""

    removed: float
    lost: float
    hidden: float


def measure(bundle: Path, pictures: Path) -> list[Record]:
    """Shares for marks at one place and anywhere, taught by one, three and five pictures.

    Args:
        bundle: compiled from the project's own pictures.
        pictures: those, in the MVTec-AD layout.
    """
    model = load_model(bundle)
    found = [one for paths in _defects(pictures).values() for one in _judge(model, paths) if one.anomalous]
    golden = _golden(model)
    records = []
    for place, spread in (("one_place", 0.012), ("anywhere", 0.18)):
        trials = [trial(model, pictures, draw, spread) for draw in MARKS.values()]
        for count in TAUGHT_BY:
            shares = [taught(one, found, golden, count, model.target.name) for one in trials]
            records += _records(f"local_good_{place}_{count}", shares, goals=place == "one_place" and count == 3)
    return records


def trial(model: Model, pictures: Path, draw: Draw, spread: float) -> Trial:
    """Judge pictures with a mark that lies within `spread` of the frame around its place."""
    random = np.random.default_rng(0)

    def judged(paths: Sequence[Path]) -> list[Verdict]:
        return [model.judge(marked(read_picture(path), draw, spread, random)) for path in paths]

    good, defects = find_pictures(pictures / "train" / "good"), _defects(pictures)
    some = [path for paths in defects.values() for path in paths[:EACH_DEFECT]]
    both = zip(_judge(model, some), judged(some), strict=True)
    return Trial(
        teaching=[one for one in judged(good[:TEACHING]) if one.anomalous],
        good=[one for one in judged(find_pictures(pictures / "test" / "good")) if one.anomalous],
        defective=[with_mark for plain, with_mark in both if plain.anomalous and with_mark.anomalous],
    )


def taught(trial: Trial, found: Sequence[Verdict], golden: Sequence[Seen], count: int, target: str) -> Shares:
    """Means over random choices of `count` pictures that teach."""
    random = np.random.default_rng(1)
    rounds = []
    for _ in range(ROUNDS):
        chosen = random.choice(len(trial.teaching), count, replace=False)
        made = good_prototype([Seen.of(trial.teaching[at]) for at in chosen], golden, []).taught
        rule = adjustments([made], target, None)
        rounds.append([_excused(rule, verdicts) for verdicts in (trial.good, found, trial.defective)])
    removed, lost, hidden = (fmean(shares) for shares in zip(*rounds, strict=True))
    return Shares(removed=removed, lost=lost, hidden=hidden)


def marked(picture: Pixels, draw: Draw, spread: float, random: np.random.Generator) -> Pixels:
    """The picture with a mark within `spread` (share of width and height) of a place on the part."""
    height, width = picture.shape[:2]
    x = int(width * (0.58 + random.uniform(-spread, spread)))
    y = int(height * (0.4 + random.uniform(-spread, spread)))
    layer = picture.copy()
    opaque = draw(layer, x, y, random)
    soft = cv2.GaussianBlur(layer, (0, 0), 0.8)
    return np.asarray(cv2.addWeighted(soft, opaque, picture, 1 - opaque, 0), np.uint8)


def _ink(picture: Pixels, x: int, y: int, random: np.random.Generator) -> float:
    cv2.circle(picture, (x, y), int(random.uniform(9, 14)), (20, 40, 160), -1, cv2.LINE_AA)
    return 0.85


def _chalk(picture: Pixels, x: int, y: int, random: np.random.Generator) -> float:
    angle, length = random.uniform(0, np.pi), random.uniform(25, 40)
    across, down = int(length * np.cos(angle)), int(length * np.sin(angle))
    cv2.line(picture, (x - across, y - down), (x + across, y + down), (235, 235, 230), 5, cv2.LINE_AA)
    return 0.8


def _label(picture: Pixels, x: int, y: int, random: np.random.Generator) -> float:
    half = int(random.uniform(22, 30))
    cv2.rectangle(picture, (x - half, y - half // 2), (x + half, y + half // 2), (240, 220, 60), -1)
    for row in (-half // 5, 0, half // 5):
        cv2.line(picture, (x - half + 4, y + row), (x + half - 4, y + row), (30, 30, 30), 1)
    return 0.95


def _oil(picture: Pixels, x: int, y: int, random: np.random.Generator) -> float:
    axes = (int(random.uniform(20, 34)), int(random.uniform(12, 20)))
    cv2.ellipse(picture, (x, y), axes, random.uniform(0, 180), 0, 360, (60, 45, 20), -1, cv2.LINE_AA)
    return 0.45


MARKS: Mapping[str, Draw] = {"ink": _ink, "chalk": _chalk, "label": _label, "oil": _oil}


def _judge(model: Model, paths: Sequence[Path]) -> list[Verdict]:
    return [model.judge(read_picture(path)) for path in paths]


def _defects(pictures: Path) -> dict[str, list[Path]]:
    kinds = sorted(folder for folder in (pictures / "test").iterdir() if folder.name != "good")
    return {folder.name: find_pictures(folder) for folder in kinds}


def _golden(model: Model) -> list[Seen]:
    pictures = model.bundle.manifest.golden.pictures
    verdicts = [model.judge(decode_picture(model.bundle.read(one.path), one.path)) for one in pictures]
    return [Seen.of(verdict) for verdict in verdicts if verdict.anomalous]


def _excused(rule: Adjustments, verdicts: Sequence[Verdict]) -> float:
    return fmean(rule.apply(verdict).taught_good for verdict in verdicts)


def _records(name: str, shares: Sequence[Shares], *, goals: bool) -> list[Record]:
    removed, lost = fmean(one.removed for one in shares), fmean(one.lost for one in shares)
    hidden = seen(f"{name}_hidden", fmean(one.hidden for one in shares), unit="share", command=COMMAND)
    if goals:
        return [
            at_least(f"{name}_removed", removed, REMOVED_GOAL, unit="share", command=COMMAND),
            at_most(f"{name}_lost", lost, LOST_GOAL, unit="share", command=COMMAND),
            hidden,
        ]
    return [
        seen(f"{name}_removed", removed, unit="share", command=COMMAND),
        seen(f"{name}_lost", lost, unit="share", command=COMMAND),
        hidden,
    ]
