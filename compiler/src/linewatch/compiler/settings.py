"""What a user can choose about a compilation."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from linewatch.compiler.bundle.threshold import Budget
from linewatch.compiler.errors import WrongUse
from linewatch.compiler.precision.loss import PrecisionSettings
from linewatch.compiler.prove.accept import DEFAULT_MAX_AUROC_LOSS, check_max_loss, check_max_memory
from linewatch.compiler.prune.prune import PruneSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, check_targets
from linewatch.compiler.teach.distil import DistilSettings

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class CompileSettings:
    """Everything that decides the graph, besides the teacher and the pictures.

    `material` is the least number of pictures the student learns on. `max_memory_mb`, in 10^6 bytes, is what a graph
    may add to the memory of the process that runs it (see `peak_memory_bytes`). The first target's threshold is that of
    the FP32 student it is compared with.
    """

    name: str = "inspection"
    targets: tuple[str, ...] = (ONNX_CPU_INT8,)
    seed: int = 0
    budget: Budget = field(default_factory=Budget)
    max_auroc_loss: float = DEFAULT_MAX_AUROC_LOSS
    max_memory_mb: float | None = None
    student: StudentShape = field(default_factory=StudentShape)
    material: int = 900
    distil: DistilSettings = field(default_factory=DistilSettings)
    prune: PruneSettings = field(default_factory=PruneSettings)
    precision: PrecisionSettings = field(default_factory=PrecisionSettings)

    def __post_init__(self) -> None:
        check_targets(self.targets)
        check_max_loss(self.max_auroc_loss)
        check_max_memory(self.max_memory_mb)
        if not _NAME.fullmatch(self.name):
            raise WrongUse(
                f"the name '{self.name}' must be 1 to 64 letters, digits, '.', '_' or '-', and not begin with '.'"
            )
        check_seed(self.seed)

    def material_for(self, good: int) -> int:
        """Pictures to learn on that are made of `good` ones."""
        return max(self.material, 2 * good)

    def plain(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "CompileSettings":
        """The settings that `plain` gave.

        Raises:
            WrongUse: something is missing, unknown or of the wrong kind: another version wrote it.
        """
        try:
            return cls(**{name: _typed(name, value) for name, value in plain.items()})
        except (TypeError, AttributeError) as error:
            raise WrongUse(f"these settings are not of this version of Linewatch: {error}") from error


def check_seed(seed: int) -> None:
    """Refuse what not every generator takes.

    Raises:
        WrongUse: it is negative, or has more than 32 bits.
    """
    if not 0 <= seed < 1 << 32:
        raise WrongUse(f"the seed must be 0 to {(1 << 32) - 1}, not {seed}")


_PARTS = {
    "budget": Budget,
    "student": StudentShape,
    "distil": DistilSettings,
    "prune": PruneSettings,
    "precision": PrecisionSettings,
}


def _typed(name: str, value: Any) -> Any:  # noqa: ANN401
    """A part of the settings from plain values; lists are tuples."""
    if name in _PARTS:
        return _PARTS[name](**{key: _typed(key, part) for key, part in value.items()})
    return tuple(value) if isinstance(value, list) else value
