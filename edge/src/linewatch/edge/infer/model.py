"""A bundle, loaded: the graph beside the threshold it is judged by."""

import math
import time
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Self

import numpy as np

from linewatch.edge.capture.mask import Mask
from linewatch.edge.capture.picture import Pixels, UInt8Array, as_picture
from linewatch.edge.errors import BundleRefused, InferenceError
from linewatch.edge.infer.adjustments import NOTHING_TAUGHT, Adjustments
from linewatch.edge.infer.fit import Fit
from linewatch.edge.infer.masked import look_past
from linewatch.edge.infer.pace import Pace
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.plan import Candidate, Wish
from linewatch.edge.infer.runtimes.port import Outputs, RuntimeName, Session
from linewatch.edge.infer.verdict import Verdict
from linewatch.protos.bundle import Bundle, read_bundle
from linewatch.protos.bundle.errors import BundleError


class Model:
    """Judges frames with one bundle. Safe to call from several threads.

    Attributes:
        bundle, digest: the bundle.
        target: the one whose graph judges.
        runtime: what runs the graph.
        pace: how long it takes for so many frames.
        fit: makes of a picture what the graph is given.
    """

    def __init__(self, bundle: Bundle, candidate: Candidate, session: Session) -> None:
        """Judge with the graph in `session`, which `candidate` names.

        Raises:
            BundleRefused: a file was changed.
        """
        try:
            self._classes = bundle.classes()
        except BundleError as error:
            raise BundleRefused(str(error)) from error
        self.bundle = bundle
        self.digest = bundle.digest
        self.target = candidate.target
        self.runtime = candidate.runtime
        self.pace = Pace()
        self._session = session
        self.fit = Fit(session.frame_size, bundle.manifest.sampling, bundle.manifest.region)
        self._stack = bundle.manifest.stack
        self._threshold = candidate.target.threshold.score
        self.adjustments = NOTHING_TAUGHT

    @property
    def reach(self) -> int:
        """How many frames before the judged one are needed."""
        return 0 if self._stack is None else self._stack.reach

    @property
    def largest_batch(self) -> int | None:
        """Most frames that the graph takes at once; None where any number will do."""
        return self._session.largest_batch

    def judge(self, pixels: Pixels, before: Sequence[Pixels] = (), mask: Mask | None = None) -> Verdict:
        """The verdict on one frame.

        Args:
            pixels: the frame.
            before: the frames before it, the oldest first: at least `reach`.
            mask: what is not looked at.

        Raises:
            InferenceError: the graph failed, gave a score that is no number, or frames are missing or differ in size.
        """
        (verdict,) = self.judge_samples([self.sample(pixels, before)], [mask])
        if isinstance(verdict, InferenceError):
            raise verdict
        return verdict

    def judge_samples(
        self, samples: Sequence[UInt8Array], masks: Sequence[Mask | None] = ()
    ) -> list[Verdict | InferenceError]:
        """The verdicts on `samples` of one shape, judged at once, each by what its mask leaves of it.

        An error stands for a score that is no number, and where a mask leaves nothing.

        Raises:
            InferenceError: the graph failed.
        """
        begun = time.perf_counter()
        outputs = self._session.run(samples[0][np.newaxis] if len(samples) == 1 else np.stack(samples))
        self.pace.took(len(samples), time.perf_counter() - begun)
        return [self._verdict(outputs, place, mask) for place, mask in enumerate(masks or [None] * len(samples))]

    def _verdict(self, outputs: Outputs, place: int, mask: Mask | None) -> Verdict | InferenceError:
        score = float(outputs.score[place])
        if not math.isfinite(score):
            return InferenceError(f"the graph gave the score {score}")
        verdict = Verdict(
            score=score,
            threshold=self._threshold,
            anomaly_map=None if outputs.map is None else outputs.map[place],
            embedding=None if outputs.embedding is None else outputs.embedding[place],
            bundle_digest=self.digest,
            target=self.target.name,
            classes=self._classes,
            region=self.bundle.manifest.region,
            false_positive_rate=self.target.threshold.false_positive_rate,
        )
        try:
            return self.adjustments.apply(self._seen(verdict, mask))
        except InferenceError as error:
            return error

    def _seen(self, verdict: Verdict, mask: Mask | None) -> Verdict:
        return verdict if mask is None else look_past(verdict, mask, self.target.score_cells)

    def adjusted(self, adjustments: Adjustments) -> Self:
        """The same graph, judging by what this device was taught; this model stays as it is."""
        other = copy(self)
        other.adjustments = adjustments
        return other

    def sample(self, pixels: Pixels, before: Sequence[Pixels]) -> UInt8Array:
        """What the graph is given of one frame.

        Raises:
            InferenceError: frames are missing or differ in size.
        """
        picture = as_picture(pixels)
        if self._stack is None:
            return self.fit(picture)
        if len(before) < self.reach:
            raise InferenceError(f"{len(before)} frames come before this one; the bundle needs {self.reach}")
        shown = [*map(as_picture, before[len(before) - self.reach :]), picture][:: self._stack.step]
        if any((one.height, one.width) != (picture.height, picture.width) for one in shown):
            raise InferenceError("the camera changed the size of its frames")
        return np.stack([self.fit(one) for one in shown])


def load_model(folder: Path, target: str = "auto") -> Model:
    """Read and check the bundle in `folder` and load its graph into ONNX Runtime.

    Args:
        folder: a bundle, or a symbolic link to one.
        target: name of a target; `auto` is the first for processors.

    Raises:
        BundleRefused: the bundle is damaged, not made for this device, or cannot be loaded.
    """
    opener = Opener(Wish(runtime=RuntimeName.ONNXRUNTIME, target=target))
    bundle = open_bundle(folder)
    candidate = opener.plan(bundle).candidates[-1]
    return Model(bundle, candidate, opener.open(bundle, candidate))


def open_bundle(folder: Path) -> Bundle:
    """Read and check the bundle in `folder`.

    Raises:
        BundleRefused: it is damaged, or cannot be read.
    """
    try:
        return read_bundle(folder.resolve())
    except (BundleError, OSError) as error:
        raise BundleRefused(str(error)) from error
