"""Bundles that a device must not serve, each bad in another way."""

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from linewatch.protos.bundle import MANIFEST_NAME, Bundle, read_bundle, write_bundle

Change = Callable[[onnx.ModelProto], None]
_WIDE = 1200
"""Side of the matrices whose product makes a graph slow."""


def bad_bundles(bundle: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """What is wrong, and a folder with a bundle of which just that is wrong."""
    good = read_bundle(bundle)
    graph = good.manifest.targets[0].graph_path
    for number, (wrong, spoil) in enumerate(_SPOILED.items()):
        place = folder / f"spoiled-{number}"
        shutil.copytree(bundle, place)
        spoil(place, place / graph)
        yield wrong, place
    for number, (wrong, change) in enumerate(_CHANGED.items()):
        yield wrong, _with_graph(good, folder / f"changed-{number}", change)
    yield "other golden scores", _with_other_scores(good, folder / "other-scores")
    yield "made for another device", _for_another_device(good, folder / "elsewhere")


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _link(path: Path) -> None:
    aside = path.parents[2] / "aside.onnx"
    path.rename(aside)
    os.link(aside, path)
    aside.rename(path.parents[3] / f"{path.parents[2].name}.onnx")


_SPOILED: dict[str, Callable[[Path, Path], None]] = {
    "one bit of the graph": lambda _, graph: _flip(graph),
    "one bit of a golden picture": lambda place, _: _flip(next((place / "golden").iterdir())),
    "half a manifest": lambda place, _: os.truncate(place / MANIFEST_NAME, (place / MANIFEST_NAME).stat().st_size // 2),
    "a graph that is not there": lambda _, graph: graph.unlink(),
    "half a graph": lambda _, graph: os.truncate(graph, graph.stat().st_size // 2),
    "a file too many": lambda place, _: (place / "extra").touch(),
    "a graph that is shared by a hard link": lambda _, graph: _link(graph),
}


def _rename_input(model: onnx.ModelProto) -> None:
    _rename(model, model.graph.input[0].name, "pictures")


def _rename_score(model: onnx.ModelProto) -> None:
    _rename(model, "score", "points")


def _rename(model: onnx.ModelProto, old: str, new: str) -> None:
    for value in (*model.graph.input, *model.graph.output):
        if value.name == old:
            value.name = new
    for node in model.graph.node:
        for names in (node.input, node.output):
            for at, name in enumerate(names):
                if name == old:
                    names[at] = new


def _unknown_operator(model: onnx.ModelProto) -> None:
    model.graph.node[0].op_type = "NoSuchOperator"


def _score_that_is_no_number(model: onnx.ModelProto) -> None:
    _score_from(model, [helper.make_node("Mul", ["true_score", "factor"], ["score"])], {"factor": np.float32(np.nan)})


def _slow(model: onnx.ModelProto) -> None:
    """Products of large matrices that hang on the frame, and do not change the score."""
    nodes = [
        helper.make_node("Mul", ["ones", "true_score"], ["wide"]),
        helper.make_node("MatMul", ["wide", "ones"], ["first"]),
        helper.make_node("MatMul", ["first", "ones"], ["second"]),
        helper.make_node("ReduceMax", ["second"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "nothing"], ["none"]),
        helper.make_node("Add", ["true_score", "none"], ["score"]),
    ]
    _score_from(model, nodes, {"ones": np.full((_WIDE, _WIDE), 1e-3, np.float32), "nothing": np.float32(0)})


def _score_from(model: onnx.ModelProto, nodes: list[onnx.NodeProto], constants: dict[str, object]) -> None:
    for node in model.graph.node:
        for at, name in enumerate(node.output):
            if name == "score":
                node.output[at] = "true_score"
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), name=name) for name, value in constants.items()
    )


_CHANGED: dict[str, Change] = {
    "an input of another name": _rename_input,
    "no score": _rename_score,
    "an unknown operator": _unknown_operator,
    "a score that is no number": _score_that_is_no_number,
    "too slow for the cameras": _slow,
}


def _with_graph(good: Bundle, folder: Path, change: Change) -> Path:
    files = _files(good)
    for target in good.manifest.targets:
        model = onnx.load_from_string(files[target.graph_path])
        change(model)
        files[target.graph_path] = bytes(model.SerializeToString())
    write_bundle(folder, good.manifest, files)
    return folder


def _with_other_scores(good: Bundle, folder: Path) -> Path:
    golden = good.manifest.golden
    shift = 10 * golden.score_tolerance
    pictures = tuple(
        dataclasses.replace(one, scores={name: score + shift for name, score in one.scores.items()})
        for one in golden.pictures
    )
    manifest = dataclasses.replace(good.manifest, golden=dataclasses.replace(golden, pictures=pictures))
    write_bundle(folder, manifest, _files(good))
    return folder


def _for_another_device(good: Bundle, folder: Path) -> Path:
    name = "tensorrt-fp16"
    target = dataclasses.replace(good.manifest.targets[0], name=name)
    golden = good.manifest.golden
    pictures = tuple(
        dataclasses.replace(one, scores={name: next(iter(one.scores.values()))}) for one in golden.pictures
    )
    manifest = dataclasses.replace(
        good.manifest,
        targets=(target,),
        golden=dataclasses.replace(golden, pictures=pictures),
        measurements=(),
        defect_classes=(),
    )
    used = {target.graph_path, *(one.path for one in pictures), "recipe.json"}
    write_bundle(folder, manifest, {path: data for path, data in _files(good).items() if path in used})
    return folder


def _files(bundle: Bundle) -> dict[str, bytes]:
    return {entry.path: bundle.read(entry.path) for entry in bundle.manifest.files}
