"""The whole examination, in the order in which a technician would go."""

from collections.abc import Iterator

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.cameras import look_at_cameras
from linewatch.edge.doctor.disk import look_at_disk
from linewatch.edge.doctor.finding import Finding
from linewatch.edge.doctor.judging import Judging, look_at_judging
from linewatch.edge.doctor.network import look_at_broker, look_at_registry


def examine(settings: EdgeSettings) -> Iterator[Finding]:
    """Look at everything that the configuration names, one thing after the other; takes seconds for each camera."""
    judging: list[Judging] = []
    yield from look_at_disk(settings)
    yield from look_at_judging(settings, judging)
    yield from look_at_cameras(settings, judging)
    yield from look_at_broker(settings)
    yield from look_at_registry(settings)
