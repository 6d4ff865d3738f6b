"""Which model judges now, and how the next one takes over."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from linewatch.edge.infer.adjustments import NOTHING_TAUGHT, Adjustments
from linewatch.edge.infer.golden import check_golden
from linewatch.edge.infer.model import Model, load_model

Taught: TypeAlias = Callable[[Model], Adjustments]
"""What this device was taught about the bundle and target of a model."""


class Engine:
    """Holds the serving model. A new one is loaded and checked beside it, then takes over between two frames."""

    def __init__(self, target: str = "auto") -> None:
        """No model yet; `target` is that of `load_model`."""
        self._target = target
        self._model: Model | None = None
        self._taught: Taught = lambda _: NOTHING_TAUGHT
        self._one_at_a_time = threading.Lock()

    @property
    def serving(self) -> Model | None:
        """The serving model; None before the first."""
        return self._model

    def current(self) -> Model:
        """The model for the next frame. Call it only after the first `swap`."""
        assert self._model is not None, "no bundle was loaded"
        return self._model

    def check(self, folder: Path) -> Model:
        """Load the bundle in `folder` and run its golden check; what serves is not touched.

        Raises:
            BundleRefused: it is damaged or cannot be loaded here.
            GoldenCheckFailed: it gives other scores here.
        """
        model = load_model(folder, self._target)
        check_golden(model)
        return model

    def swap(self, folder: Path) -> Model:
        """Check the bundle in `folder`, then let it judge from the next frame on.

        Frames that are being judged are finished by the old model, which is freed after the last of them.

        Raises:
            BundleRefused, GoldenCheckFailed: as `check`; the old bundle goes on serving.
        """
        with self._one_at_a_time:
            model = self.check(folder)
            self._model = model.adjusted(self._taught(model))
            return self._model

    def adjust(self, taught: Taught) -> None:
        """From the next frame on, judge by what the device was taught; bundles to come are asked about, too."""
        with self._one_at_a_time:
            self._taught = taught
            if self._model is not None:
                self._model = self._model.adjusted(taught(self._model))
