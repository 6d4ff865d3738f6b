"""The one way to load a library that only some users need."""

import importlib
from types import ModuleType

from linewatch.cloud.errors import WrongUse


def import_optional(module: str, *, extra: str) -> ModuleType:
    """Import `module`, which the extra `extra` of the distribution `linewatch` installs.

    Raises:
        WrongUse: it is not installed, or does not load beside the installed libraries.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, RuntimeError, OSError) as error:
        # torchvision raises RuntimeError when it was built for another torch.
        raise WrongUse(
            f"{module} cannot be loaded ({error}): run `pip install 'linewatch[{extra}]'`, "
            f"with a build that matches the installed torch"
        ) from error
