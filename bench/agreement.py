"""Whether a bundle decides alike in ONNX Runtime and in OpenVINO. Needs the extra `linewatch-compiler[openvino]`.

`python -m bench.agreement BUNDLE DATASET` judges 1,000 pictures in both and prints records: the pictures of the dataset
as they are, and then with noise and with synthetic defects.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np

from bench.record import Record, at_most, seen
from linewatch.cloud.training.dataset import open_dataset
from linewatch.cloud.training.pictures import read_picture
from linewatch.compiler.prove.runtimes.onnx_runtime import optimised_scores
from linewatch.compiler.prove.runtimes.openvino import openvino_scores
from linewatch.compiler.target import ONNX_CPU_INT8
from linewatch.compiler.teach.synthetic import add_defects
from linewatch.compiler.teacher import UInt8Array
from linewatch.protos.bundle import read_bundle

PICTURES = 1000
COMMAND = "python -m bench.agreement BUNDLE DATASET"
_BITS = 8
_NOISE = 2.0
_CHUNK = 50


def measure(folder: Path, dataset: Path) -> list[Record]:
    """Records of the bundle in `folder`, on pictures of `dataset`."""
    bundle = read_bundle(folder)
    target, tolerance = bundle.target(ONNX_CPU_INT8), bundle.manifest.golden.score_tolerance
    graph = bundle.read(target.graph_path)
    pictures, pairs = islice(_pictures(dataset), PICTURES), []
    while chunk := list(islice(pictures, _CHUNK)):
        pairs.append(np.stack([optimised_scores(graph, chunk), openvino_scores(graph, chunk)]))
    scores = np.concatenate(pairs, axis=1).astype(np.float64)
    decided = scores >= target.threshold.score
    differ, inside = decided[0] != decided[1], np.abs(scores[0] - target.threshold.score) <= tolerance
    apart = np.abs(scores[0] - scores[1]) / np.maximum(target.threshold.score, scores[0])
    return [
        at_most("runtimes_decisions_differ", int((differ & ~inside).sum()), 0, unit="pictures", command=COMMAND),
        at_most("runtimes_scores_differ", float(apart.max()), tolerance, unit="of the score", command=COMMAND),
        seen("runtimes_pictures", scores.shape[1], unit="pictures", command=COMMAND),
        seen("runtimes_decisions_differ_in_band", int((differ & inside).sum()), unit="pictures", command=COMMAND),
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


if __name__ == "__main__":
    json.dump([asdict(record) for record in measure(Path(sys.argv[1]), Path(sys.argv[2]))], sys.stdout, indent=1)
