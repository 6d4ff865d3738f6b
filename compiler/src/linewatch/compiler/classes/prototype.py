"""Makes a class of the embeddings of labelled pictures."""

import numpy as np

from linewatch.compiler.errors import PictureError
from linewatch.compiler.teacher import FloatArray
from linewatch.protos.bundle import DefectClass, direction_of


def learned(name: str, embeddings: FloatArray, known: DefectClass | None = None) -> DefectClass:
    """A class of embeddings float32[N, C]; with `known`, that class refined by them.

    Raises:
        PictureError: not one of the pictures shows anything.
    """
    directions = [direction for one in embeddings if (direction := direction_of(one.tolist())) is not None]
    if not directions:
        raise PictureError(f"the pictures of '{name}' show nothing that differs from normal: give others")
    before = known.examples if known is not None else 0
    total = np.sum(directions, axis=0)
    if known is not None:
        total = total + before * np.asarray(known.prototype)
    examples = before + len(directions)
    return DefectClass(name=name, examples=examples, prototype=tuple((total / examples).astype(np.float32).tolist()))
