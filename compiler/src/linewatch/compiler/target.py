"""The targets a bundle can be compiled for."""

import difflib

from linewatch.compiler.errors import UnknownTarget

ONNX_CPU_INT8 = "onnx-cpu-int8"

TARGETS: dict[str, str] = {
    ONNX_CPU_INT8: "ONNX Runtime on any CPU: 7-bit weights, 8-bit activations, the same scores with and without VNNI",
}
"""Every known target and what it runs on."""


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
