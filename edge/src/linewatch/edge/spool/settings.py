"""Settings of the spool."""

from pydantic import Field

from linewatch.edge.settings import Settings


class SpoolSettings(Settings):
    """The table `[spool]`.

    Attributes:
        max_bytes: how many bytes of payloads may wait for the cloud. Beyond it the least worth goes (see `Worth`),
            `updated` messages first; every eviction is counted, logged, and told to the cloud as a gap.
        max_age_seconds: what has waited longer is given up in the same way; 0 keeps everything.
        group_limit: most messages written by one transaction.
        busy_timeout_seconds: how long a write waits while another process (a backup) holds the database.
    """

    max_bytes: int = Field(default=256 * 1024 * 1024, ge=64 * 1024)
    max_age_seconds: float = Field(default=0.0, ge=0.0)
    group_limit: int = Field(default=256, ge=1, le=10_000)
    busy_timeout_seconds: float = Field(default=5.0, ge=0.0, le=60.0)
