"""What the update needs of the agent."""

from pathlib import Path
from typing import Protocol


class BundleHost(Protocol):
    """Serves a bundle and can take over another one. Implemented by the agent's engine."""

    def swap(self, folder: Path) -> object:
        """Run the golden check of the bundle in `folder`, then serve it from the next frame on.

        Raises:
            Refused: the bundle is not fit for this device; the one that served goes on serving.
        """
