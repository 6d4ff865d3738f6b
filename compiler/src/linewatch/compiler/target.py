"""The targets a bundle can be compiled for."""

import difflib
from dataclasses import dataclass
from enum import Enum

from linewatch.compiler.errors import UnknownTarget, WrongUse


class Flavour(Enum):
    """How numbers are held in a target's graph; every flavour is made of the same student and the same ranges."""

    CPU_INT8 = "unsigned activations, 7-bit weights"
    TENSORRT_INT8 = "signed symmetric activations, 8-bit weights"
    TENSORRT_FP16 = "network in half precision, scoring in single precision"


@dataclass(frozen=True, kw_only=True)
class TargetKind:
    """One target.

    `native` says that the compiler runs the graph in the runtime of the target. Where it does not, ONNX Runtime stands
    in: it runs every node as it is written, and the time it takes says nothing.
    """

    name: str
    flavour: Flavour
    native: bool


ONNX_CPU_INT8 = "onnx-cpu-int8"
TENSORRT_INT8 = "tensorrt-int8"
TENSORRT_FP16 = "tensorrt-fp16"

_KINDS = (
    TargetKind(
        name=ONNX_CPU_INT8,
        flavour=Flavour.CPU_INT8,
        native=True,
    ),
    TargetKind(
        name=TENSORRT_INT8,
        flavour=Flavour.TENSORRT_INT8,
        native=False,
    ),
    TargetKind(
        name=TENSORRT_FP16,
        flavour=Flavour.TENSORRT_FP16,
        native=False,
    ),
)

TARGETS: dict[str, TargetKind] = {kind.name: kind for kind in _KINDS}
"""Every known target by name."""


def check_target(name: str) -> str:
    """Give `name` back if it is a known target.

    Raises:
        UnknownTarget: it is not; names the nearest known one.
    """
    if name in TARGETS:
        return name
    near = difflib.get_close_matches(name, TARGETS, n=1, cutoff=0.4)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise UnknownTarget(f"unknown target '{name}'; known are: {', '.join(TARGETS)}{hint}")


def check_targets(names: tuple[str, ...]) -> tuple[str, ...]:
    """Give `names` back if they are known targets, at least one, and none twice.

    Raises:
        UnknownTarget: one is not known.
        WrongUse: there is none, or one twice.
    """
    if not names:
        raise WrongUse(f"give at least one target; known are: {', '.join(TARGETS)}")
    for index, name in enumerate(names):
        if check_target(name) in names[:index]:
            raise WrongUse(f"the target '{name}' is given twice")
    return names
