"""The build recipe of a bundle: how its graphs were made and proven, and how a device builds and runs them."""

import json
from dataclasses import asdict
from typing import Any

from torch import nn

from linewatch.compiler.bundle.build import Built, BuiltTarget
from linewatch.compiler.bundle.layout import graph_path
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.precision.mixed import Precision
from linewatch.compiler.precision.sensitivity import LayerSensitivity
from linewatch.compiler.prove.proof import Proof
from linewatch.compiler.prove.prove import Golden
from linewatch.compiler.prove.runtimes.openvino import PRECISION
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.efficientnet_lite import PIXEL_SCALE, PIXEL_ZERO, SHA256
from linewatch.compiler.student.student import Student
from linewatch.compiler.target import Flavour
from linewatch.compiler.tensorrt.builder import Extent
from linewatch.compiler.tensorrt.recipe import build_recipe
from linewatch.protos.bundle import FrameStack, RegionOfInterest

RECIPE_VERSION = 1


def recipe_bytes(
    student: Student,
    shrink: Shrink,
    region: RegionOfInterest | None,
    settings: CompileSettings,
    built: Built,
    golden: Golden,
    frame: tuple[int, int],
) -> bytes:
    """Canonical JSON: settings, the pruned layers and the heads, the preprocessing, calibrated ranges, and each target.

    A target says its raw threshold, its layers in floating point and what quantization loses with and without them, the
    sensitivity of its layers where that was measured (the worst first), which runtimes scored the golden pictures alike
    and what else the graph passed, and how to build or run it; `frame` is (height, width) in pixels of the frames that
    an engine is tuned for.
    """
    content = {
        "version": RECIPE_VERSION,
        "settings": settings.plain(),
        "pretrained_weights": SHA256,
        "layers": layers(student),
        "heads": list(student.shape.heads),
        "preprocess": {
            "region": None if region is None else asdict(region),
            "size": list(shrink.size),
            "taps": list(shrink.taps),
            "pixel_zero": PIXEL_ZERO,
            "pixel_scale": PIXEL_SCALE,
        },
        "activation_ranges": {name: list(limits) for name, limits in built.ranges.items()},
        "targets": {
            target.kind.name: _target(target, golden.proofs[target.kind.name], frame, student.shape.stack)
            for target in built.targets
        },
    }
    return canonical_json(content).encode()


def _target(target: BuiltTarget, proof: Proof, frame: tuple[int, int], stack: FrameStack | None) -> dict[str, Any]:
    return {
        "numbers": target.kind.flavour.value,
        "raw_threshold": asdict(target.decision),
        "precision": _precision(target.precision),
        "sensitivity": [_sensitivity(layer) for layer in target.precision.layers],
        "golden": {"runtimes": proof.runtimes, "checks": proof.checks, "absent": proof.absent},
        **_how_to_run(target, frame, stack),
    }


def _precision(precision: Precision) -> dict[str, Any]:
    return {
        "floating_layers": precision.floating,
        "lost_with_none": asdict(precision.lost),
        "lost": asdict(precision.left),
        "within_what_was_allowed": precision.kept,
    }


def _sensitivity(layer: LayerSensitivity) -> dict[str, Any]:
    """Without what the layer costs: that was measured, and a recipe is the same for the same settings."""
    return {name: value for name, value in asdict(layer).items() if name != "cost_ms"}


def _how_to_run(target: BuiltTarget, frame: tuple[int, int], stack: FrameStack | None) -> dict[str, Any]:
    if target.kind.flavour is Flavour.CPU_INT8:
        return {"openvino": PRECISION}
    return {"tensorrt": build_recipe(graph_path(target.kind.name), Extent.around(*frame, stack))}


def layers(student: Student) -> list[list[int]]:
    """Each convolution of the trunk after pruning as [inputs, outputs, kernel, stride]."""
    units = [module for module in student.trunk.backbone.modules() if isinstance(module, nn.Conv2d)]
    return [[conv.in_channels, conv.out_channels, conv.kernel_size[0], conv.stride[0]] for conv in units]


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
