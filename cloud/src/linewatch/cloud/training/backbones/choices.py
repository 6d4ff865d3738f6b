"""The backbones by name."""

import difflib
from collections.abc import Callable, Mapping

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.training.backbones import mobilenet, optional_libraries
from linewatch.cloud.training.backbones.port import Backbone
from linewatch.compiler.student import efficientnet_lite

PACKAGED: Mapping[str, Callable[[], Backbone]] = {
    efficientnet_lite.NAME: efficientnet_lite.load,
    mobilenet.NAME: mobilenet.load,
}
"""Backbones whose weights an installable package carries."""

DOWNLOADED: Mapping[str, Callable[[str], Backbone]] = {
    optional_libraries.TORCHVISION: optional_libraries.load_torchvision,
    optional_libraries.TIMM: optional_libraries.load_timm,
}
"""Libraries that download weights, by what their names begin with."""


def load_backbone(name: str) -> Backbone:
    """The frozen network `name`.

    Raises:
        WrongUse: no such name, or what it needs is not installed.
        CompilerError: its weights are not the reviewed ones or could not be fetched.
    """
    if name in PACKAGED:
        return PACKAGED[name]()
    for start, load in DOWNLOADED.items():
        if name.startswith(start):
            return load(name)
    near = difflib.get_close_matches(name, PACKAGED, n=1)
    hint = f", did you mean '{near[0]}'?" if near else "."
    known = ", ".join([*PACKAGED, *(f"{start}NETWORK" for start in DOWNLOADED)])
    raise WrongUse(f"unknown backbone '{name}'{hint} Known are: {known}")
