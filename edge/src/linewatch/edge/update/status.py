"""How far an update is, for whoever shows it."""

from dataclasses import dataclass

from linewatch.edge.update.machine import State


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateStatus:
    """Where the update is.

    Attributes:
        state: of the machine.
        serving: digest of the bundle that serves; empty when none does.
        refusal: why the registry or its newest bundle was refused, empty when it was not. For `DeviceStatus`.
        refused_with: class of that refusal.
        trouble: why the last look failed for a reason that may pass (network, disk); empty when it did not.
        failed_with: class of that trouble.
        done_bytes, total_bytes: of the download.
    """

    state: State = State.IDLE
    serving: str = ""
    refusal: str = ""
    refused_with: str = ""
    trouble: str = ""
    failed_with: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
