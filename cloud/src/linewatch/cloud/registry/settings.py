"""Settings of the registry."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from linewatch.cloud.settings import Settings

Lifetime = Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)]


class RegistrySettings(Settings):
    """The table `[registry]`: where the registry and its keys are, and for how many days signatures hold.

    Devices take no update from a registry whose signatures have run out; what they run goes on serving.
    """

    folder: Path = Path("registry")
    keys: Path = Path("keys")
    root_days: Lifetime = 3650.0
    targets_days: Lifetime = 365.0
    snapshot_days: Lifetime = 7.0
    timestamp_days: Lifetime = 1.0

    @property
    def metadata(self) -> Path:
        """Folder of the signed metadata."""
        return self.folder / "metadata"

    @property
    def targets(self) -> Path:
        """Folder of manifests and blobs."""
        return self.folder / "targets"
