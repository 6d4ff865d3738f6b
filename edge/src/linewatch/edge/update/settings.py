"""Settings of the update."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from linewatch.edge.settings import Settings

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class UpdateSettings(Settings):
    """The table `[update]` of the device's configuration.

    Attributes:
        enabled: whether the agent asks the registry at all.
        registry: address of the registry, for example `http://cloud.example:8440/registry`.
        trusted_root: the registry's `root.json`, brought to the device once by a way that is trusted.
        bundle: name of the bundle that this device runs.
        check_interval_seconds: between two looks at the registry.
        minimum_bytes_per_second: a slower registry is given up; what was fetched is kept for the next try.
        stall_seconds: over which that rate is measured, and the longest silence.
        keep_free_bytes: never fill the disk further than this.
        retry_refused_seconds: before a refused bundle is tried again; doubles with each refusal, up to a day.
        max_latency_ms: a new bundle that needs longer for a frame on this device is refused; left out: one that cannot
            keep up with the cameras where the bundle before can.
        trial_seconds: while a new bundle is on trial, counted from its first frame; an agent that dies again and again
            meanwhile returns to the bundle before.
        recheck_seconds: between two golden checks of the bundle that serves.
    """

    enabled: bool = False
    registry: str = ""
    trusted_root: Path = Path("root.json")
    bundle: str = ""
    check_interval_seconds: Seconds = 60.0
    minimum_bytes_per_second: Annotated[int, Field(gt=0)] = 1024
    stall_seconds: Seconds = 30.0
    keep_free_bytes: Annotated[int, Field(ge=0)] = 64 << 20
    retry_refused_seconds: Seconds = 600.0
    max_latency_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    trial_seconds: Seconds = 600.0
    recheck_seconds: Seconds = 3600.0

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.enabled and not self.registry.startswith(("http://", "https://", "file:///")):
            raise ValueError("registry must be an http://, https:// or file:/// address when enabled is true")
        if self.enabled and not self.bundle:
            raise ValueError("bundle must name the bundle to run when enabled is true")
        return self
