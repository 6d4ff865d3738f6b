"""Whether something stands in a view that is empty at times. Pure."""

from collections import deque
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.decide.settings import PartSettings

_PLACES = 20
"""Places along each side of the gate that are looked at."""
_STRIDE = 4
"""Every fourth frame is learned from."""
_SNAPSHOTS = 64
_LEARN_EVERY = 16
_LEAST_SHARE = 1 / 6
"""Of the snapshots that must look alike to be the empty view."""
_ADAPT = 0.02

_Grey: TypeAlias = npt.NDArray[np.float32]


class Presence:
    """Compares a few hundred places of the gate with the empty view.

    Where nobody shows it the empty view, it learns it: the view that comes again most often, since parts that pass
    hardly lie in the same place twice. It follows slow changes of light, and begins anew when the view never looks
    empty and yet never changes.
    """

    def __init__(self, rules: PartSettings, empty: UInt8Array | None = None) -> None:
        """Begin with the picture uint8[H, W, 3] of the empty view, or learn it."""
        self._rules = rules
        self._view = rules.view
        self._empty = None if empty is None else self._places(empty)
        self._snapshots: deque[_Grey] = deque(maxlen=_SNAPSHOTS)
        self._frames = 0

    def occupied(self, pixels: UInt8Array) -> bool | None:
        """Whether something is in the gate of a frame uint8[H, W, 3]; None while the empty view is not known."""
        now = self._places(pixels)
        if self._empty is not None and self._empty.shape != now.shape:
            self._empty = None  # the camera changed the size of its frames
        occupied = None if self._empty is None else bool(self._differ(now, self._empty))
        if occupied is False and self._empty is not None:
            self._empty += _ADAPT * (now - self._empty)
            self._snapshots.clear()
        else:
            self._learn(now)
        return occupied

    def _places(self, pixels: UInt8Array) -> _Grey:
        rows, columns = self._view.pixels(*pixels.shape[:2])
        gate = pixels[rows, columns]
        down, across = (max(1, side // _PLACES) for side in gate.shape[:2])
        places = gate[down // 2 :: down, across // 2 :: across][:_PLACES, :_PLACES]
        return np.asarray(places.mean(axis=2), np.float32)

    def _differ(self, one: _Grey, other: _Grey) -> npt.NDArray[np.bool_]:
        """Whether views float32[..., h, w] show different things."""
        covered = (np.abs(one - other) > self._rules.contrast).mean(axis=(-2, -1))
        return np.asarray(covered > self._rules.cover)

    def _learn(self, now: _Grey) -> None:
        self._frames += 1
        if self._frames % _STRIDE:
            return
        if self._snapshots and self._snapshots[-1].shape != now.shape:
            self._snapshots.clear()
        self._snapshots.append(now)
        taken = self._frames // _STRIDE
        if len(self._snapshots) >= _SNAPSHOTS // 2 and taken % _LEARN_EVERY == 0:
            self._find_empty()

    def _find_empty(self) -> None:
        views = np.stack(self._snapshots)
        alike = np.stack([~self._differ(views, view) for view in views])
        likest = int(alike.sum(axis=1).argmax())
        share = float(alike[likest].mean())
        # What is known to be empty gives way only to a view that stands still.
        if share >= (_LEAST_SHARE if self._empty is None else 0.9):
            self._empty = views[alike[likest]].mean(axis=0)
            self._snapshots.clear()
