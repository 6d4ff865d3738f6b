"""A tiny bundle with a target for processors and one for TensorRT, each with a threshold of its own."""

import json
from dataclasses import replace
from pathlib import Path

import cv2

from edge.tiny_bundle import TARGET, dark_spot_graph, grey_frame, make_bundle
from linewatch.protos.bundle import Bundle, write_bundle

NATIVE = "tensorrt-int8"
NATIVE_THRESHOLD = 1.5
_PROFILE = {"min": [1, 64, 64, 3], "opt": [1, 96, 128, 3], "max": [1, 256, 256, 3]}


def make_native_bundle(folder: Path, *, graph: bytes | None = None, recipe: bytes | None = None) -> Bundle:
    """Write it to `folder`; `graph` and `recipe` stand in for what TensorRT is given."""
    plain = make_bundle(folder.with_name(f"{folder.name}-plain")).manifest
    (target,) = plain.targets
    path = f"targets/{NATIVE}/model.onnx"
    native = replace(target, name=NATIVE, graph_path=path, threshold=replace(target.threshold, score=NATIVE_THRESHOLD))
    pictures = tuple(
        replace(one, scores={TARGET: one.scores[TARGET], NATIVE: one.scores[TARGET]}) for one in plain.golden.pictures
    )
    manifest = replace(plain, targets=(target, native), golden=replace(plain.golden, pictures=pictures))
    files = {
        target.graph_path: dark_spot_graph(),
        path: graph or dark_spot_graph(),
        "recipe.json": recipe
        or json.dumps({"targets": {NATIVE: {"tensorrt": {"profiles": [{"frames": _PROFILE}]}}}}).encode(),
        "golden/0.png": cv2.imencode(".png", grey_frame())[1].tobytes(),
        "golden/1.png": cv2.imencode(".png", grey_frame(spot=True))[1].tobytes(),
    }
    return write_bundle(folder, manifest, files)
