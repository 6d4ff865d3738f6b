"""A bundle, loaded: the graph beside the threshold it is judged by."""

import math
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.errors import BundleRefused, InferenceError
from linewatch.edge.infer.adjustments import NOTHING_TAUGHT, Adjustments
from linewatch.edge.infer.session import GraphSession
from linewatch.edge.infer.verdict import Verdict
from linewatch.protos.bundle import Bundle, Target, read_bundle
from linewatch.protos.bundle.errors import BundleError

_CPU = "onnx-cpu"


class Model:
    """Judges frames with one bundle. Safe to call from several threads."""

    def __init__(self, bundle: Bundle, target: Target) -> None:
        """Load the graph of `target`.

        Raises:
            BundleRefused: a file was changed, or the graph is not one that can be run.
        """
        try:
            graph = bundle.read(target.graph_path)
            self._classes = bundle.classes()
        except BundleError as error:
            raise BundleRefused(str(error)) from error
        self.bundle = bundle
        self.digest = bundle.digest
        self.target = target
        self._session = GraphSession(graph, bundle.path(target.graph_path).parent)
        self._stack = bundle.manifest.stack
        self._threshold = target.threshold.score
        self.adjustments = NOTHING_TAUGHT

    @property
    def reach(self) -> int:
        """How many frames before the judged one are needed."""
        return 0 if self._stack is None else self._stack.reach

    def judge(self, pixels: UInt8Array, before: Sequence[UInt8Array] = ()) -> Verdict:
        """The verdict on one frame, uint8[H, W, 3] RGB.

        Args:
            pixels: the frame.
            before: the frames before it, the oldest first: at least `reach`.

        Raises:
            InferenceError: the graph failed, gave a score that is no number, or frames are missing or differ in size.
        """
        scores, maps, embeddings = self._session.run(self._sample(pixels, before)[np.newaxis])
        score = float(scores[0])
        if not math.isfinite(score):
            raise InferenceError(f"the graph gave the score {score}")
        verdict = Verdict(
            score=score,
            threshold=self._threshold,
            anomaly_map=None if maps is None else maps[0],
            embedding=None if embeddings is None else embeddings[0],
            bundle_digest=self.digest,
            target=self.target.name,
            classes=self._classes,
            region=self.bundle.manifest.region,
            false_positive_rate=self.target.threshold.false_positive_rate,
        )
        return self.adjustments.apply(verdict)

    def adjusted(self, adjustments: Adjustments) -> Self:
        """The same graph, judging by what this device was taught; this model stays as it is."""
        other = copy(self)
        other.adjustments = adjustments
        return other

    def _sample(self, pixels: UInt8Array, before: Sequence[UInt8Array]) -> UInt8Array:
        """What the graph judges at once."""
        if self._stack is None:
            return self._fit(pixels)
        if len(before) < self.reach:
            raise InferenceError(f"{len(before)} frames come before this one; the bundle needs {self.reach}")
        shown = [*before[len(before) - self.reach :], pixels][:: self._stack.step]
        if any(one.shape != pixels.shape for one in shown):
            raise InferenceError("the camera changed the size of its frames")
        return np.stack([self._fit(one) for one in shown])

    def _fit(self, pixels: UInt8Array) -> UInt8Array:
        height, width = self._session.frame_size
        wanted = (height or pixels.shape[0], width or pixels.shape[1])
        if pixels.shape[:2] == wanted:
            return pixels
        return np.asarray(cv2.resize(pixels, wanted[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def load_model(folder: Path, target: str = "auto") -> Model:
    """Read and check the bundle in `folder` and load its graph.

    Args:
        folder: a bundle, or a symbolic link to one.
        target: name of a target; `auto` is the first for ONNX Runtime on a CPU.

    Raises:
        BundleRefused: the bundle is damaged, not made for this device, or cannot be loaded.
    """
    try:
        bundle = read_bundle(folder.resolve())
        return Model(bundle, _choose(bundle) if target == "auto" else bundle.target(target))
    except (BundleError, OSError) as error:
        raise BundleRefused(str(error)) from error


def _choose(bundle: Bundle) -> Target:
    targets = bundle.manifest.targets
    for target in targets:
        if target.name.startswith(_CPU):
            return target
    names = ", ".join(target.name for target in targets)
    raise BundleError(f"{bundle.folder} has targets {names}, but none for this device ({_CPU}...)")
