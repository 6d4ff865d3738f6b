"""What the update needs of the agent."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class BundleHost(Protocol):
    """Serves a bundle and can take over another one. Implemented by the agent's engine."""

    def swap(self, folder: Path, given_up: Callable[[], bool], /) -> object:
        """Check the bundle in `folder`, golden pictures and speed, then serve it from the next frame on.

        It may have to be built before, for minutes; `given_up` is asked meanwhile whether it is not wanted any more.

        Raises:
            BuildGivenUp: it was given up.
            Refused: the bundle is not fit for this device; the one that served goes on serving.
        """

    def restore(self, folder: Path) -> object:
        """Serve the bundle in `folder`, which served before; it may be slower than what it takes over from.

        Raises:
            Refused: it fails its golden check now; the one that served goes on serving.
        """
