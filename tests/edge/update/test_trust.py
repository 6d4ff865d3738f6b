"""Whichever bit of the registry's metadata flips, a device either refuses it or sees exactly what was signed."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linewatch.edge.errors import UpdateRefused
from linewatch.edge.update.fetcher import PacedFetcher
from linewatch.edge.update.trust import TrustedRegistry

if TYPE_CHECKING:
    from edge.update.conftest import Fault, Registry


def look(registry: "Registry", cache: Path) -> str:
    """The digest that a new device is offered, or why it refuses."""
    trusted = TrustedRegistry(registry.url, registry.root, cache, PacedFetcher(1, 5.0))
    try:
        trusted.refresh()
    except UpdateRefused as error:
        return str(error)
    return trusted.offer("plant-1", "washers").digest


def test_any_flipped_bit(registry: "Registry", make_bundle: Callable[..., Path], fault: "type[Fault]") -> None:
    release = registry.publish(make_bundle())
    names = ["timestamp.json", "2.snapshot.json", "2.targets.json"]

    @settings(max_examples=120, suppress_health_check=list(HealthCheck))
    @given(name=st.sampled_from(names), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def flipped(name: str, place: float, bit: int) -> None:
        def change(data: bytes) -> bytes:
            at = int(place * len(data))
            return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]

        registry.faults = [fault(f"/{name}", change=change)]
        with TemporaryDirectory() as cache:
            seen = look(registry, Path(cache))
        # Upper and lower case of a signature's hexadecimal digits mean the same.
        assert name in seen or (name == "timestamp.json" and seen == release.digest)

    flipped()
