"""Optional libraries: loaded late, and missed with a message that says what to install."""

import ctypes
import importlib
import importlib.util
from types import ModuleType

from linewatch.edge.errors import WrongUse

_EXTRAS = {
    "av": "av",
    "av.codec.hwaccel": "av",
    "openvino": "openvino",
    "cuda.bindings.runtime": "tensorrt",
    "tensorrt": "tensorrt",
}
"""The extra of linewatch-edge that brings a module."""

_PACKAGES = {"libaravis-0.8.so.0": "libaravis-0.8-0"}
"""The package of Debian and Ubuntu that brings a C library."""


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


def load_library(name: str) -> ctypes.CDLL:
    """Load an optional C library.

    Raises:
        WrongUse: it is not installed; names the package that brings it.
    """
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise WrongUse(
            f"this needs {name}, which is not installed: apt-get install {_PACKAGES[name]} ({error})"
        ) from error
