"""The build recipe of a bundle: how its graph was made, for reading and for building other targets."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from torch import nn

from linewatch.compiler.bundle.threshold import Decision
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.student.efficientnet_lite import PIXEL_SCALE, PIXEL_ZERO, SHA256
from linewatch.compiler.student.student import Student

RECIPE_PATH = "recipe.json"
RECIPE_VERSION = 1


def recipe_bytes(
    student: Student,
    shrink: Shrink,
    settings: Mapping[str, Any],
    decisions: Mapping[str, Decision],
    ranges: Mapping[str, tuple[float, float]],
) -> bytes:
    """Canonical JSON: settings, the pruned layers, the preprocessing, calibrated ranges, and each raw threshold."""
    content = {
        "version": RECIPE_VERSION,
        "settings": settings,
        "pretrained_weights": SHA256,
        "layers": layers(student),
        "preprocess": {
            "size": list(shrink.size),
            "taps": list(shrink.taps),
            "pixel_zero": PIXEL_ZERO,
            "pixel_scale": PIXEL_SCALE,
        },
        "activation_ranges": {name: list(limits) for name, limits in ranges.items()},
        "raw_thresholds": {name: asdict(decision) for name, decision in decisions.items()},
    }
    return canonical_json(content).encode()


def layers(student: Student) -> list[list[int]]:
    """Each convolution of the trunk after pruning as [inputs, outputs, kernel, stride]."""
    units = [module for module in student.trunk.backbone.modules() if isinstance(module, nn.Conv2d)]
    return [[conv.in_channels, conv.out_channels, conv.kernel_size[0], conv.stride[0]] for conv in units]


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
