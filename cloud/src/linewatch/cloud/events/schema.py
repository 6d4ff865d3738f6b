"""The tables of the event store."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

SCHEMA_VERSION = 4

MIGRATIONS = {
    1: (
        "ALTER TABLE events ADD COLUMN kind VARCHAR NOT NULL DEFAULT 'anomaly'",
        "ALTER TABLE events ADD COLUMN reason VARCHAR NOT NULL DEFAULT ''",
    ),
    2: (
        "ALTER TABLE events ADD COLUMN severity VARCHAR NOT NULL DEFAULT ''",
        "ALTER TABLE events ADD COLUMN part BIGINT NOT NULL DEFAULT 0",
    ),
    3: (),  # only a new table, which is made where it is missing
}
"""What brings a database of each older version to the next."""

metadata = MetaData()

_Big = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only INTEGER PRIMARY KEY up by itself

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

events = Table(
    "events",
    metadata,
    Column("position", _Big, primary_key=True),
    Column("device", String, nullable=False),
    Column("boot", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("site", String, nullable=False),
    Column("camera", String, nullable=False),
    Column("event_id", String, nullable=False, index=True),
    Column("phase", String, nullable=False),
    Column("time_unix_ns", BigInteger, nullable=False, index=True),
    Column("first_frame", BigInteger, nullable=False),
    Column("last_frame", BigInteger, nullable=False),
    Column("peak_frame", BigInteger, nullable=False),
    Column("peak_score", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("frames_anomalous", BigInteger, nullable=False),
    Column("frame_width", BigInteger, nullable=False),
    Column("frame_height", BigInteger, nullable=False),
    Column("bundle_digest", String, nullable=False),
    Column("defect_class", String, nullable=False),
    Column("kind", String, nullable=False, server_default="anomaly"),
    Column("reason", String, nullable=False, server_default=""),
    Column("severity", String, nullable=False, server_default=""),
    Column("part", BigInteger, nullable=False, server_default="0"),
    Column("received_unix_ns", BigInteger, nullable=False),
    Column("payload_sha256", LargeBinary(32), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint("device", "boot", "sequence", name="events_identity"),
    sqlite_autoincrement=True,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("position", _Big, primary_key=True),
    Column("received_unix_ns", BigInteger, nullable=False),
    Column("topic", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("payload_sha256", LargeBinary(32), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint("topic", "payload_sha256", name="quarantine_content"),
    sqlite_autoincrement=True,
)

told_gaps = Table(
    "told_gaps",
    metadata,
    Column("boot", String, primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("device", String, nullable=False),
)
