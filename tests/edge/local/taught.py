"""Changes that nobody made, and frames that can be taught with the tiny bundle."""

import numpy as np

from edge.tiny_bundle import CELL, TARGET, UInt8Array
from linewatch.edge.local.change import Basis, Change, NewDefect, NewGood, NewThreshold, Subject, Taught

SUBJECT = Subject(bundle="a" * 64, bundle_name="tiny", release=1, target=TARGET, graph="b" * 64)
BASIS = Basis(frames=3, worth=3.0, from_unix_ns=1, until_unix_ns=2, sha256="c" * 64)
GOOD = NewGood(directions=((1.0, 0.0, 0.0),), least_similarity=0.8, most_score=3.0, strange=1.0, most_cells=2)
DEFECT = NewDefect(name="crack", examples=2, prototype=(0.0, 1.0, 0.0))


def threshold(value: float, before: float = 1.0) -> NewThreshold:
    return NewThreshold(
        before=before,
        threshold=value,
        method="tail",
        false_alarms_per_hour=36.0,
        frames_per_second=1.0,
        confidence=0.95,
        rate_bound=0.1,
    )


def change(number: int = 1, taught: Taught = GOOD, subject: Subject = SUBJECT, origin: int = 0) -> Change:
    return Change(
        number=number,
        origin=origin or number,
        site="s",
        device="d",
        subject=subject,
        taught=taught,
        basis=BASIS,
        time_unix_ns=5,
    )


def coloured(red: int, green: int, blue: int, *, spot: bool = True, row: int = 1, column: int = 2) -> UInt8Array:
    """A frame uint8[96, 128, 3] of one colour; with `spot` one cell is black, which the tiny bundle calls anomalous."""
    frame = np.full((96, 128, 3), (red, green, blue), np.uint8)
    if spot:
        frame[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = 0
    return frame


def red(number: int = 0) -> UInt8Array:
    """A red part with a black spot: nothing like the defects that the tiny bundle brings along."""
    return coloured(255 - number, 0, number, column=number % 4)
