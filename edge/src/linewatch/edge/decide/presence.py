"""Whether something stands in a view that is empty at times. Pure."""

from collections import deque
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from linewatch.edge.capture.picture import Pixels, as_picture
from linewatch.edge.capture.pixel_form import PixelForm
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
_GREY = np.full(3, 1 / 3, np.float32)

_Grey: TypeAlias = npt.NDArray[np.float32]


class Presence:
    """Compares a few hundred places of the gate with the empty view.

    Where nobody shows it the empty view, it learns it: the view that comes again most often, since parts that pass
    hardly lie in the same place twice. It follows slow changes of light, and begins anew when the view never looks
    empty and yet never changes.
    """

    def __init__(self, rules: PartSettings, empty: Pixels | None = None) -> None:
        """Begin with a picture of the empty view, or learn it."""
        self._rules = rules
        self._view = rules.view
        self._snapshots: deque[_Grey] = deque(maxlen=_SNAPSHOTS)
        self._frames = 0
        self._size = (0, 0)
        self._places_at = (slice(0), slice(0))
        self._empty = None if empty is None else self._places(empty)

    def occupied(self, pixels: Pixels) -> bool | None:
        """Whether something is in the gate of a frame; None while the empty view is not known."""
        now = self._places(pixels)
        if not now.size:
            return None  # the frame is too small for the gate to have a pixel
        if self._empty is not None and self._empty.shape != now.shape:
            self._empty = None  # the camera changed the size of its frames
        occupied = None if self._empty is None else self._is_covered(now, self._empty)
        if occupied is False and self._empty is not None:
            self._empty += _ADAPT * (now - self._empty)
            self._snapshots.clear()
        else:
            self._learn(now)
        return occupied

    def _places(self, pixels: Pixels) -> _Grey:
        picture = as_picture(pixels)
        rows, columns = self._grid(picture.height, picture.width)
        first = picture.planes[0][rows, columns].astype(np.float32)
        if picture.form is PixelForm.RGB8:
            return first @ _GREY
        return first if picture.form is PixelForm.GREY8 else picture.colour.grey(first)

    def _grid(self, height: int, width: int) -> tuple[slice, slice]:
        if self._size != (height, width):
            self._size = height, width
            rows, columns = self._view.pixels(height, width)
            self._places_at = _spread(rows), _spread(columns)
        return self._places_at

    def _is_covered(self, now: _Grey, empty: _Grey) -> bool:
        covered = np.count_nonzero(np.abs(now - empty) > self._rules.contrast)
        return bool(covered > self._rules.cover * now.size)

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


def _spread(side: slice) -> slice:
    """At most so many places along a side of the gate, evenly spread."""
    step = max(1, -(-(side.stop - side.start) // _PLACES))
    return slice(side.start + step // 2, side.stop, step)
