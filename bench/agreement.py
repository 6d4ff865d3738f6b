"""Whether a student decides alike wherever it is run: in ONNX Runtime, in OpenVINO, and in torch, where it was taught.

Judges 1,000 pictures: those of the dataset as they are, and then with noise and with synthetic defects. Needs the extra
`linewatch-compiler[openvino]`.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from bench.record import Record, at_most, seen
from linewatch.cloud.training.dataset import open_dataset
from linewatch.cloud.training.pictures import read_picture
from linewatch.compiler.compile import Compiled
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.prove.runtimes.onnx_runtime import optimised_scores
from linewatch.compiler.prove.runtimes.openvino import openvino_scores
from linewatch.compiler.target import ONNX_CPU_INT8
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import FloatArray, UInt8Array

PICTURES = 1000
COMMAND = "make bench ARGS=agreement"
_BITS = 8
_NOISE = 2.0
_CHUNK = 50


def measure(compiled: Compiled, dataset: Path) -> list[Record]:
    """Records of a bundle that was just compiled, on pictures of `dataset`."""
    bundle, student = compiled.bundle, compiled.taught.student
    target, tolerance = bundle.target(ONNX_CPU_INT8), bundle.manifest.golden.score_tolerance
    graph, whole = bundle.read(target.graph_path), Judge(compiled.built.fp32)
    shrink = Shrink.for_frames(student.shape.size, bundle.manifest.frame_height, bundle.manifest.frame_width)
    threshold = compiled.built.targets[0].decision.value
    runtimes, trainers, pictures = [], [], islice(_pictures(dataset), PICTURES)
    while chunk := list(islice(pictures, _CHUNK)):
        runtimes.append(np.stack([optimised_scores(graph, chunk), openvino_scores(graph, chunk)]))
        trainers.append(np.stack([student.scores(shrink(chunk)) / threshold, whole(chunk).scores]))
    at = target.threshold.score
    return [
        *_agreement("runtimes", np.concatenate(runtimes, axis=1), at, tolerance),
        *_agreement("trainer", np.concatenate(trainers, axis=1), 1.0, tolerance),
    ]


def _agreement(name: str, scores: FloatArray, threshold: float, tolerance: float) -> list[Record]:
    """Of two ways to score the same pictures, float32[2, N]."""
    first, second = scores.astype(np.float64)
    differ, inside = (first >= threshold) != (second >= threshold), np.abs(first - threshold) <= tolerance
    apart = np.abs(first - second) / np.maximum(threshold, first)
    return [
        at_most(f"{name}_decisions_differ", int((differ & ~inside).sum()), 0, unit="pictures", command=COMMAND),
        at_most(f"{name}_scores_differ", float(apart.max()), tolerance, unit="of the score", command=COMMAND),
        seen(f"{name}_pictures", len(first), unit="pictures", command=COMMAND),
        seen(f"{name}_decisions_differ_in_band", int((differ & inside).sum()), unit="pictures", command=COMMAND),
    ]


def _pictures(dataset: Path) -> Iterator[UInt8Array]:
    """Every picture as it is, then without end: two with synthetic defects for each with noise."""
    found = open_dataset(dataset)
    good = [read_picture(sample.path, _BITS) for sample in found.train]
    test = [read_picture(sample.path, _BITS) for sample in found.test]
    yield from (*test, *good)
    random, everything, turn = np.random.default_rng(0), [*good, *test], 0
    while True:
        frame = everything[turn % len(everything)]
        turn += 1
        if turn % 3:
            yield add_defects(frame, good, random)[0]
        else:
            yield (frame + random.normal(0, _NOISE, frame.shape)).clip(0, 255).astype(np.uint8)
