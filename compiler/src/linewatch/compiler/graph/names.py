"""Gives values of a graph short names: each is written wherever the value is made and read."""

from collections.abc import Collection
from string import ascii_lowercase

import onnx


def shorten_names(model: onnx.ModelProto, *, kept: Collection[str] = ()) -> None:
    """Call values and constants `a`, `b` ... `aa`, in order of writing; inputs, outputs and `kept` stay as they are."""
    graph = model.graph
    stay = {*kept, *(value.name for value in (*graph.input, *graph.output)), ""}
    values = [
        *(constant.name for constant in graph.initializer),
        *(name for node in graph.node for name in node.output),
    ]
    free = (name for name in map(_letters, range(len(values) + len(stay))) if name not in stay)
    short = dict(zip((name for name in dict.fromkeys(values) if name not in stay), free, strict=False))
    for constant in graph.initializer:
        constant.name = short.get(constant.name, constant.name)
    for node in graph.node:
        node.input[:] = [short.get(name, name) for name in node.input]
        node.output[:] = [short.get(name, name) for name in node.output]
    del graph.value_info[:]


def _letters(number: int) -> str:
    """0 is `a`, 25 is `z`, 26 is `aa`."""
    name = ""
    while number >= 0:
        name, number = ascii_lowercase[number % 26] + name, number // 26 - 1
    return name
