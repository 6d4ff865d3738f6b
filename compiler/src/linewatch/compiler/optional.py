"""Optional libraries: imported late, and missed with a message that names the extra to install."""

import importlib
import importlib.util
from types import ModuleType

from linewatch.compiler.errors import WrongUse

EXTRAS = {"openvino": "openvino", "tensorrt_rtx": "tensorrt-rtx"}
"""The extra of linewatch-compiler that brings a module."""


def is_installed(module: str) -> bool:
    """Whether `module` could be imported; does not import it."""
    return importlib.util.find_spec(module) is not None


def load(module: str) -> ModuleType:
    """Import an optional module.

    Raises:
        WrongUse: it is not installed, or does not load; names the extra that brings it.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as error:
        wanted = f"pip install 'linewatch-compiler[{EXTRAS[module]}]'"
        raise WrongUse(f"this needs '{module}', which cannot be loaded: {wanted} ({error})") from error
