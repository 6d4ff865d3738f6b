"""Optional libraries: imported late, and missed with a message that names the extra to install."""

import importlib
import importlib.util
from types import ModuleType

from linewatch.edge.errors import WrongUse

_EXTRAS = {"av": "av", "openvino": "openvino", "cuda.bindings.runtime": "tensorrt", "tensorrt": "tensorrt"}
"""The extra of linewatch-edge that brings a module."""


def is_installed(module: str) -> bool:
    """Whether `module` could be imported; does not import it, only the packages that it lies in."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a package that it lies in
        return False


def load(module: str) -> ModuleType:
    """Import an optional module.

    Raises:
        WrongUse: it is not installed; names the extra that brings it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        extra = _EXTRAS[module]
        raise WrongUse(
            f"this needs '{module}', which is not installed: pip install 'linewatch-edge[{extra}]' ({error})"
        ) from error
