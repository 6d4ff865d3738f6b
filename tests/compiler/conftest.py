"""Graphs of every target, made once."""

from collections.abc import Mapping

import pytest

from linewatch.compiler.quantize.quantize import quantize
from linewatch.compiler.target import TARGETS
from untaught import Untaught, untaught_student


@pytest.fixture(scope="session")
def untaught() -> Untaught:
    return untaught_student()


@pytest.fixture(scope="session")
def graphs(untaught: Untaught) -> Mapping[str, bytes]:
    """Serialized graphs by target."""
    return {
        name: quantize(untaught.fp32, kind, untaught.ranges, untaught.normal).SerializeToString()
        for name, kind in TARGETS.items()
    }
