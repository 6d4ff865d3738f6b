"""The whole examination, in the order in which a technician would go."""

from collections.abc import Iterator
from pathlib import Path

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.cameras import look_at_cameras
from linewatch.edge.doctor.clock import look_at_clock
from linewatch.edge.doctor.disk import look_at_disk
from linewatch.edge.doctor.finding import Finding
from linewatch.edge.doctor.judging import Judging, look_at_judging
from linewatch.edge.doctor.network import look_at_broker, look_at_registry
from linewatch.edge.doctor.page import look_at_page
from linewatch.edge.doctor.processor import look_at_processor
from linewatch.edge.doctor.secrets import look_at_certificates, look_at_secrets
from linewatch.edge.doctor.service import look_at_service
from linewatch.edge.doctor.taught import look_at_taught


def examine(settings: EdgeSettings, config: Path | None = None) -> Iterator[Finding]:
    """Look at the device and everything that its configuration, the file `config`, names; seconds for each camera."""
    judging: list[Judging] = []
    yield from look_at_clock(settings)
    yield from look_at_disk(settings)
    yield from look_at_secrets(settings, config)
    yield from look_at_certificates(settings)
    yield from look_at_service()
    yield from look_at_processor()
    yield from look_at_judging(settings, judging)
    yield from look_at_taught(settings)
    yield from look_at_cameras(settings, judging)
    yield from look_at_broker(settings)
    yield from look_at_registry(settings)
    yield from look_at_page(settings)
