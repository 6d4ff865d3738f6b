"""Settings of the spool."""

from pydantic import Field

from linewatch.edge.settings import Settings


class SpoolSettings(Settings):
    """The table `[spool]`.

    Attributes:
        max_bytes: how many bytes of payloads may wait for the cloud. Beyond it the oldest `updated` messages are
            evicted first, then the oldest of all; every eviction is written down as a gap, counted and logged.
        group_limit: most messages written by one transaction.
        busy_timeout_seconds: how long a write waits while another process (a backup) holds the database.
    """

    max_bytes: int = Field(default=256 * 1024 * 1024, ge=64 * 1024)
    group_limit: int = Field(default=256, ge=1, le=10_000)
    busy_timeout_seconds: float = Field(default=5.0, ge=0.0, le=60.0)
