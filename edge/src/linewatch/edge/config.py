"""The device's configuration file, `edge.toml`."""

import re
import socket
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from linewatch.edge.capture.address import SourceKind
from linewatch.edge.capture.gige.options import parse_gige
from linewatch.edge.capture.settings import CameraSettings
from linewatch.edge.decide.settings import DecisionSettings
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.health.settings import HealthSettings
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.page.settings import PageSettings
from linewatch.edge.publish.settings import PublishSettings
from linewatch.edge.ring.settings import RingSettings
from linewatch.edge.settings import Settings, load_settings
from linewatch.edge.spool.settings import SpoolSettings
from linewatch.edge.update.settings import UpdateSettings
from linewatch.protos.topics import check_name

MINIMAL = """\
[device]
site = "plant-1"
name = "box-1"

[[cameras]]
name = "line-1"
source = "parts.mp4"        # or a folder of pictures, usb:0, rtsp://host/path, simulated:?fps=30&frames=300

[inference]
bundle = "my-bundle"        # the folder that `linewatch compile` wrote
"""


def _host_name() -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())[:64] or "device"


class DeviceSettings(Settings):
    """The `[device]` table.

    Attributes:
        site, name: who this device is in events; names without `/`, `+` and `#`.
        state: folder for everything that must survive a restart: spool, installed bundles, update metadata.
    """

    site: Annotated[str, AfterValidator(lambda name: check_name(name, "site"))] = "default-site"
    name: Annotated[str, AfterValidator(lambda name: check_name(name, "device"))] = Field(default_factory=_host_name)
    state: Path = Path("linewatch-state")


class CameraTable(CameraSettings):
    """One `[[cameras]]` table.

    Attributes:
        decision: stands in for the whole `[decision]` table for this camera.
    """

    decision: DecisionSettings | None = None

    def rules(self, default: DecisionSettings) -> DecisionSettings:
        """How this camera's frames are decided; where its trigger says how many frames show a part, that is known.

        Raises:
            ConfigurationError: no part would ever have as many frames as it takes to be bad.
        """
        rules = self.decision or default
        frames = self._frames_of_a_part()
        if rules.mode == "stream" or rules.part.by != "trigger" or rules.part.frames or not frames:
            return rules
        if rules.part.after > frames:
            raise ConfigurationError(
                f"camera {self.name!r}: part.after = {rules.part.after} can never happen where {frames} frames show a "
                "part; raise trigger_frames or lower part.after"
            )
        return rules.model_copy(update={"part": rules.part.model_copy(update={"frames": frames})})

    def _frames_of_a_part(self) -> int:
        if self.trigger is not None:
            return self.trigger_frames
        each = self.address.kind is SourceKind.GIGE and parse_gige(self.address.place).trigger
        return 1 if each else 0


class EdgeSettings(Settings):
    """The whole file. Relative paths in it are seen from the folder that it stands in.

    Attributes:
        publish: the broker to send events to; without it events wait in the spool.
    """

    device: DeviceSettings = DeviceSettings()
    cameras: tuple[CameraTable, ...] = ()
    inference: InferenceSettings = InferenceSettings()
    decision: DecisionSettings = DecisionSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    ring: RingSettings = RingSettings()
    spool: SpoolSettings = SpoolSettings()
    publish: PublishSettings | None = None
    update: UpdateSettings = UpdateSettings()
    health: HealthSettings = HealthSettings()
    page: PageSettings = PageSettings()

    @model_validator(mode="after")
    def _has_cameras_with_names_of_their_own(self) -> Self:
        if not self.cameras:
            raise ValueError('there is no camera; write [[cameras]] with name = "..." and source = "..."')
        names = [camera.name for camera in self.cameras]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two cameras are called {twice[0]!r}; give each a name of its own")
        return self


def load_config(path: Path) -> EdgeSettings:
    """Read `edge.toml`; relative paths in it are seen from its folder.

    Raises:
        ConfigurationError: it is missing (then with an example), malformed or contradicts itself.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no configuration {path}; a small one looks like this:\n\n{MINIMAL}")
    return load_settings(EdgeSettings, path)
