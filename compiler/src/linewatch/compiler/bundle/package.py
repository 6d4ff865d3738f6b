"""Puts proven graphs into a bundle."""

import importlib.metadata

import numpy as np
import torch

from linewatch.compiler.bundle.build import Built, BuiltTarget
from linewatch.compiler.bundle.layout import RECIPE_PATH, graph_path
from linewatch.compiler.bundle.recipe import canonical_json
from linewatch.compiler.bundle.threshold import Budget
from linewatch.compiler.graph.export import EMBEDDING, FRAMES, MAP, SCORE
from linewatch.compiler.prove.golden import SCORE_TOLERANCE, golden_files
from linewatch.compiler.prove.prove import Golden
from linewatch.compiler.prove.table import Table
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.trunk import DEEP
from linewatch.protos.bundle import (
    CLASSES_PATH,
    ClassBank,
    FrameSampling,
    GoldenCheck,
    GoldenPicture,
    Lineage,
    Manifest,
    RegionOfInterest,
    ScoreBand,
    Target,
    TensorSpec,
    Threshold,
    bank_bytes,
)
from linewatch.protos.promise import Decision

_TOOLS = ("linewatch-compiler", "numpy", "onnx", "onnxruntime", "opencv-python", "torch")


def bundle_files(built: Built, golden: Golden, recipe: bytes, bank: ClassBank | None) -> dict[str, bytes]:
    """Every file of the bundle but the manifest, by path."""
    graphs = {graph_path(target.kind.name): target.graph for target in built.targets}
    classes = {} if bank is None else {CLASSES_PATH: bank_bytes(bank)}
    return {**graphs, **classes, RECIPE_PATH: recipe, **golden_files(golden.pictures)}


def manifest(
    built: Built,
    golden: Golden,
    table: Table,
    settings: CompileSettings,
    *,
    shape: StudentShape,
    frame: tuple[int, int],
    sampled: tuple[int, int],
    region: RegionOfInterest | None,
    bits: int,
    bank: ClassBank | None,
    dataset_digest: str,
    training_run: str,
) -> Manifest:
    """The manifest of a new bundle of a student of this shape, for frames of about `frame` = (height, width) pixels.

    `sampled` = (height, width) pixels of them are looked at (see `Shrink`). `region` is the part of them that it looks
    at, `bits` are those of the pictures (see `Pictures`), `bank` its classes of defects.
    """
    paths = golden_files(golden.pictures)
    pictures = tuple(
        GoldenPicture(path=path, scores={name: float(proof.scores[index]) for name, proof in golden.proofs.items()})
        for index, path in enumerate(paths)
    )
    return Manifest(
        name=settings.name,
        targets=tuple(_target(target, shape, settings.budget) for target in built.targets),
        golden=GoldenCheck(score_tolerance=SCORE_TOLERANCE, pictures=pictures),
        lineage=Lineage(
            dataset_digest=dataset_digest,
            training_run=training_run,
            compiler_settings=canonical_json(settings.plain()),
            tool_versions={
                **{tool: importlib.metadata.version(tool) for tool in _TOOLS},
                "torch-threads": str(torch.get_num_threads()),
            },
        ),
        measurements=table.measurements(),
        frame_height=frame[0],
        frame_width=frame[1],
        region=region,
        stack=shape.stack,
        picture_bits=bits,
        sampling=FrameSampling(height=sampled[0], width=sampled[1]),
        defect_classes=() if bank is None else bank.names,
    )


def _target(built: BuiltTarget, shape: StudentShape, budget: Budget) -> Target:
    scores = built.normal_scores
    return Target(
        name=built.kind.name,
        graph_path=graph_path(built.kind.name),
        inputs=(TensorSpec(name=FRAMES, dtype="uint8", shape=_frames(shape)),),
        outputs=(
            TensorSpec(name=SCORE, dtype="float32", shape=(-1,)),
            TensorSpec(name=MAP, dtype="float32", shape=(-1, *shape.grid)),
            TensorSpec(name=EMBEDDING, dtype="float32", shape=(-1, DEEP)),
        ),
        threshold=_threshold(built.decision, budget),
        normal_scores=ScoreBand(low=float(scores.min()), median=float(np.median(scores)), high=float(scores.max())),
        score_cells=shape.map_score_cells,
    )


def _frames(shape: StudentShape) -> tuple[int, ...]:
    return (-1, -1, -1, 3) if shape.stack is None else (-1, shape.stack.frames, -1, -1, 3)


def _threshold(decision: Decision, budget: Budget) -> Threshold:
    return Threshold(
        score=1.0,
        false_alarms_per_hour=budget.false_alarms_per_hour,
        frames_per_second=budget.frames_per_second,
        false_positive_rate_bound=decision.rate_bound,
        confidence=budget.confidence,
        normal_pictures=decision.normals,
    )
