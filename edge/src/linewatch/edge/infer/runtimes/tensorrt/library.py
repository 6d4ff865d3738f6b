"""TensorRT's Python bindings, which come with TensorRT itself."""

import importlib
from typing import Any

from linewatch.edge.errors import RuntimeUnavailable
from linewatch.edge.optional import is_installed

MODULE = "tensorrt"
_VERSIONS = ("10", "11")


def load_library(module: str = MODULE) -> Any:  # noqa: ANN401
    """The bindings. The calls that are made are alike in TensorRT 10 and 11, and in TensorRT-RTX.

    Raises:
        RuntimeUnavailable: they are not installed, cannot be loaded, or are of another version.
    """
    if not is_installed(module):
        raise RuntimeUnavailable(
            "TensorRT is not installed: install its libraries and Python bindings, which come from NVIDIA"
        )
    try:
        library = importlib.import_module(module)
    except Exception as error:  # a missing shared library, a driver that is too old: each fails in its own way
        raise RuntimeUnavailable(f"TensorRT cannot be loaded: {error}") from error
    if module == MODULE and library.__version__.partition(".")[0] not in _VERSIONS:
        raise RuntimeUnavailable(
            f"TensorRT {library.__version__} is not supported: install one of {', '.join(_VERSIONS)}"
        )
    return library


def library_label(library: Any) -> str:  # noqa: ANN401
    """Name and version, as `tensorrt 10.13.3.9`."""
    return f"{library.__name__} {library.__version__}"


_KEPT_FAULTS = 5
_LOGGERS: dict[str, Any] = {}


def quiet_logger(library: Any) -> Any:  # noqa: ANN401
    """Keeps errors, as `faults`, and drops the rest. One for the process: the library takes no second."""
    if library.__name__ not in _LOGGERS:

        class Logger(library.ILogger):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.faults: list[str] = []

            def log(self, severity: Any, message: str) -> None:  # noqa: ANN401
                if severity in (library.ILogger.Severity.ERROR, library.ILogger.Severity.INTERNAL_ERROR):
                    self.faults = [*self.faults, message][-_KEPT_FAULTS:]

        _LOGGERS[library.__name__] = Logger()
    return _LOGGERS[library.__name__]


def said_by(logger: Any) -> str:  # noqa: ANN401
    """The faults that a logger kept, for an error."""
    return "; ".join(logger.faults) or "it does not say why"
