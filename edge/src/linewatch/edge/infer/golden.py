"""The golden check: a bundle must give the same scores here as where it was made."""

from dataclasses import dataclass

import numpy as np

from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.capture.pictures import decode_picture
from linewatch.edge.errors import BundleRefused, GoldenCheckFailed, InferenceError, UnreadablePictureError
from linewatch.edge.infer.masked import score_of
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.verdict import Verdict
from linewatch.protos.bundle import GoldenPicture
from linewatch.protos.bundle.errors import BundleError


@dataclass(frozen=True, kw_only=True)
class GoldenPassed:
    """A passed check: how many pictures, and the largest |score - expected| of them."""

    pictures: int
    largest_error: float


def check_golden(model: Model) -> GoldenPassed:
    """Judge every golden picture of the bundle.

    Raises:
        GoldenCheckFailed: a score is further from the expected one than the manifest allows; names the picture.
    """
    golden = model.bundle.manifest.golden
    if not golden.pictures:
        raise GoldenCheckFailed(f"bundle {model.digest[:12]} has no golden pictures; it cannot be checked here")
    errors = [_check_picture(model, picture, golden.score_tolerance) for picture in golden.pictures]
    return GoldenPassed(pictures=len(errors), largest_error=max(errors))


def golden_frames(model: Model) -> list[UInt8Array]:
    """The golden pictures as frames; of stacks, the newest frame of each.

    Raises:
        GoldenCheckFailed: one cannot be read.
    """
    stack = model.bundle.manifest.stack
    pictures = [_decode(model, one) for one in model.bundle.manifest.golden.pictures]
    return pictures if stack is None else [np.split(picture, stack.frames)[-1] for picture in pictures]


def check_masks(model: Model) -> None:
    """Check that the score of a part of a frame is known: that on the golden pictures it is what the manifest says.

    Raises:
        BundleRefused: it is not, so that cameras with masks cannot be judged by this bundle.
    """
    golden, cells = model.bundle.manifest.golden, model.target.score_cells
    if not cells:
        raise BundleRefused(
            f"bundle {model.digest[:12]} does not tell the score of a part of a frame, and a camera has a mask: take "
            "the mask away, or use a bundle with a single head that this version of the compiler made"
        )
    for picture in golden.pictures:
        verdict = _verdict(model, _decode(model, picture))
        found = verdict.score if verdict.anomaly_map is None else score_of(verdict.anomaly_map.ravel(), cells)
        if verdict.anomaly_map is None or abs(found - verdict.score) > golden.score_tolerance * max(1.0, verdict.score):
            raise BundleRefused(
                f"bundle {model.digest[:12]} is not used, because a camera has a mask: golden picture {picture.path} "
                f"scores {verdict.score:.6g}, and its map {found:.6g}"
            )


def _decode(model: Model, picture: GoldenPicture) -> UInt8Array:
    try:
        return decode_picture(model.bundle.read(picture.path), picture.path)
    except (UnreadablePictureError, BundleError) as error:
        raise GoldenCheckFailed(f"golden picture {picture.path}: {error}") from error


def _score(model: Model, picture: UInt8Array) -> float:
    return _verdict(model, picture).score


def _verdict(model: Model, picture: UInt8Array) -> Verdict:
    """Of a stack the frames stand one below the other, without those between them."""
    stack = model.bundle.manifest.stack
    if stack is None:
        return model.judge(picture)
    *before, last = np.split(picture, stack.frames)
    return model.judge(last, [frame for frame in before for _ in range(stack.step)])


def _check_picture(model: Model, picture: GoldenPicture, tolerance: float) -> float:
    expected = picture.scores.get(model.target.name)
    if expected is None:
        raise GoldenCheckFailed(f"golden picture {picture.path} has no expected score for {model.target.name}")
    try:
        score = _score(model, _decode(model, picture))
    except InferenceError as error:
        raise GoldenCheckFailed(f"golden picture {picture.path}: {error}") from error
    difference = abs(score - expected) / max(1.0, expected)
    if not difference <= tolerance:
        raise GoldenCheckFailed(
            f"bundle {model.digest[:12]} is not used: golden picture {picture.path} scores {score:.6g} here,"
            f" {expected:.6g} is expected (tolerance {tolerance:g}); compile it again for {model.target.name}"
        )
    return difference
