"""Frames in a row that a bundle could not judge."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailedRun:
    """So many `frames` of one camera without a judged one between them; `reason` is why the last of them failed."""

    bundle_digest: str = ""
    frames: int = 0
    reason: str = ""

    def longer(self, bundle_digest: str, reason: str) -> "FailedRun":
        """The run with one frame more; another bundle begins a run of its own."""
        before = self.frames if bundle_digest == self.bundle_digest else 0
        return FailedRun(bundle_digest, before + 1, reason)
