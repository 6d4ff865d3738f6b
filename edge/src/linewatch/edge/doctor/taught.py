"""Whether what operators taught the device is in force."""

from collections.abc import Iterator

from linewatch.edge.config import EdgeSettings
from linewatch.edge.counted import counted
from linewatch.edge.doctor.finding import Finding, fault, well
from linewatch.edge.errors import LocalChangeRefused
from linewatch.edge.local.journal import Journal, check_signed


def look_at_taught(settings: EdgeSettings) -> Iterator[Finding]:
    """A finding, where anything was taught."""
    device = settings.device
    entries = Journal(device.state.absolute(), site=device.site, device=device.name).entries()
    if not entries:
        return
    try:
        check_signed(entries)
    except LocalChangeRefused as error:
        advice = "look who changed it (linewatch-edge local list), then begin anew: linewatch-edge local forget"
        yield fault("what was taught here", str(error), advice)
        return
    standing = sum(entry.change is not None and entry.change.undone is None for entry in entries)
    yield well("what was taught here", f"{counted(standing, 'change')}, as this device signed them")
