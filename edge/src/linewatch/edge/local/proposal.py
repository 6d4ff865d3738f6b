"""What would be taught, before the operator says yes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from linewatch.edge.local.change import Basis, Taught


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A change that is not made yet.

    Attributes:
        taught, basis: what would be written down.
        told: what people should know, a line each.
        warnings: what should make them think.
        pictures: PNG files to be kept, by SHA-256.
    """

    taught: Taught
    basis: Basis
    told: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
