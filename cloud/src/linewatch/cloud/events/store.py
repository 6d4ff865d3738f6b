"""The event store: rows in SQL, each message once."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Select, delete, func, insert, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from linewatch.cloud.errors import ConfigurationError, StoreError, StoreSchemaError, StoreUnavailable
from linewatch.cloud.events.engine import explained, make_engine, sqlite_file
from linewatch.cloud.events.gaps import Hole, Told, find_gaps
from linewatch.cloud.events.identity import Identity
from linewatch.cloud.events.message import Received, Rejected, refuse
from linewatch.cloud.events.schema import (
    MIGRATIONS,
    SCHEMA_VERSION,
    events,
    metadata,
    quarantine,
    schema_version,
    told_gaps,
)
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.stored_event import Gap, QuarantinedMessage, StoredEvent, event_from_row

_IDENTITY = (events.c.device, events.c.boot, events.c.sequence)

_STEPS = select(
    *_IDENTITY,
    func.lag(events.c.sequence, 1, 0)
    .over(partition_by=(events.c.device, events.c.boot), order_by=events.c.sequence)
    .label("previous"),
).subquery()
_HOLES = (
    select(_STEPS.c.device, _STEPS.c.boot, _STEPS.c.previous + 1, _STEPS.c.sequence - 1)
    .where(_STEPS.c.sequence > _STEPS.c.previous + 1)
    .order_by(_STEPS.c.device, _STEPS.c.boot, _STEPS.c.sequence)
)
_TOLD = select(told_gaps.c.device, told_gaps.c.boot, told_gaps.c.first, told_gaps.c.last)
_ENDS = (
    select(events.c.device, events.c.boot, func.max(events.c.sequence).label("last"))
    .where(events.c.boot.in_(select(told_gaps.c.boot)))
    .group_by(events.c.device, events.c.boot)
)

_CONFLICT = "a message with this identity and another content is stored already"

Source = tuple[str, str, str]
"""Site, device, boot."""


@dataclass(frozen=True, kw_only=True)
class Committed:
    """What one transaction did. `acknowledge` has the sequence numbers to be confirmed to each source."""

    stored: int
    duplicates: int
    quarantined: int
    acknowledge: dict[Source, set[int]] = field(default_factory=dict)


class EventStore:
    """Opens the database of the settings; makes the tables where there are none."""

    def __init__(self, settings: StoreSettings) -> None:
        """Connect.

        Raises:
            ConfigurationError: the address cannot be used.
            StoreSchemaError: the database was made by another version.
            StoreUnavailable: the database does not answer.
        """
        self._settings = settings
        self._engine = make_engine(settings.url)
        file = sqlite_file(settings.url)
        if file is not None:
            _make_folder(file.parent)
        self._insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        with explained(self._engine), self._engine.begin() as connection:
            _prepare(connection)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def add(self, messages: Sequence[Received | Rejected]) -> Committed:
        """Commit `messages` in one transaction; those that are stored already are counted as duplicates.

        A message with the identity of a stored one and another content is quarantined. Where the database refuses the
        group for what is in it, each message is tried alone, and the one that is refused is quarantined.

        Raises:
            StoreUnavailable: nothing was committed; the same call may succeed later.
            StoreError: the database is broken; what was committed before counts as duplicate when it comes again.
        """
        try:
            return self._add_group(messages)
        except StoreUnavailable:
            raise
        except StoreError as error:
            return sum_up([self._add_alone(message, str(error)) for message in messages])

    def _add_alone(self, message: Received | Rejected, reason: str) -> Committed:
        try:
            return self._add_group([message])
        except StoreUnavailable:
            raise
        except StoreError:
            if isinstance(message, Rejected):
                raise
            return self._add_group([refuse(message, reason)])

    def _add_group(self, messages: Sequence[Received | Rejected]) -> Committed:
        received: dict[Identity, Received] = {}
        rejected = [message for message in messages if isinstance(message, Rejected)]
        for message in messages:
            if isinstance(message, Received):
                first = received.setdefault(message.identity, message)
                if first.digest != message.digest:
                    rejected.append(refuse(message, _CONFLICT))
        now = time.time_ns()
        with explained(self._engine), self._engine.begin() as connection:
            new = self._add_events(connection, list(received.values()), now)
            again = [message for identity, message in received.items() if identity not in new]
            rejected += [refuse(message, _CONFLICT) for message in self._conflicting(connection, again)]
            self._add_told_gaps(connection, [received[identity] for identity in new])
            self._add_rejected(connection, rejected, now)
        return Committed(
            stored=len(new),
            duplicates=len(messages) - len(rejected) - len(new),
            quarantined=len(rejected),
            acknowledge=_to_acknowledge(messages),
        )

    def events(self, *, after: int = 0, limit: int | None = None, evidence: bool = False) -> list[StoredEvent]:
        """Events in the order of their arrival, those beyond position `after`; the newest `limit` of them."""
        hidden = {"payload_sha256"} if evidence else {"payload_sha256", "payload"}
        columns = [column for column in events.c if column.name not in hidden]
        query: Select[tuple[object, ...]] = select(*columns).where(events.c.position > after)
        query = query.order_by(events.c.position.desc())
        if limit is not None:
            query = query.limit(limit)
        with explained(self._engine), self._engine.connect() as connection:
            rows = [event_from_row(dict(row)) for row in connection.execute(query).mappings()]
        return rows[::-1]

    def count(self) -> int:
        """Messages stored."""
        with explained(self._engine), self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(events)).scalar_one()

    def sources(self) -> list[Source]:
        """Where stored messages come from."""
        query = select(events.c.site, events.c.device, events.c.boot).distinct()
        with explained(self._engine), self._engine.connect() as connection:
            return [(row.site, row.device, row.boot) for row in connection.execute(query)]

    def gaps(self) -> list[Gap]:
        """What is missing: before a later message of the same boot, or named by the device as given up."""
        with explained(self._engine), self._engine.connect() as connection:
            told = [Told(*row) for row in connection.execute(_TOLD)]
            holes = [Hole(*row) for row in connection.execute(_HOLES)]
            ends = {(row.device, row.boot): row.last for row in connection.execute(_ENDS)}
        return find_gaps(holes, ends, told)

    def payloads(self, device: str, boot: str) -> Iterable[tuple[int, bytes]]:
        """Sequence numbers and payloads of one boot, in order."""
        query = select(events.c.sequence, events.c.payload).where(events.c.device == device, events.c.boot == boot)
        with explained(self._engine), self._engine.connect() as connection:
            return [(row.sequence, row.payload) for row in connection.execute(query.order_by(events.c.sequence))]

    def suggestions(self) -> list[bytes]:
        """Payloads of everything that operators taught their devices, in the order of arrival."""
        query = select(events.c.payload).where(events.c.kind == "suggestion").order_by(events.c.position)
        with explained(self._engine), self._engine.connect() as connection:
            return [row.payload for row in connection.execute(query)]

    def quarantined(self, limit: int = 100) -> list[QuarantinedMessage]:
        """The newest messages that were refused."""
        query = select(quarantine).order_by(quarantine.c.position.desc()).limit(limit)
        with explained(self._engine), self._engine.connect() as connection:
            return [
                QuarantinedMessage(
                    position=row.position,
                    received_unix_ns=row.received_unix_ns,
                    topic=row.topic,
                    reason=row.reason,
                    payload=row.payload,
                )
                for row in connection.execute(query)
            ]

    def _add_events(self, connection: Connection, received: list[Received], now: int) -> set[Identity]:
        """Insert what is not there yet; returns which that were."""
        if not received:
            return set()
        statement = self._insert(events).on_conflict_do_nothing(index_elements=_IDENTITY).returning(*_IDENTITY)
        rows = connection.execute(statement, [_row(message, now) for message in received])
        return {Identity(*row) for row in rows}

    def _add_told_gaps(self, connection: Connection, received: list[Received]) -> None:
        """A gap that grew after it was told is told again, with the same beginning."""
        longest: dict[tuple[str, int], Told] = {}
        for message in received:
            for boot, span in message.missing:
                told = Told(message.identity.device, boot, span.first, span.last)
                known = longest.setdefault((boot, span.first), told)
                if told.last > known.last:
                    longest[boot, span.first] = told
        if not longest:
            return
        statement = self._insert(told_gaps)
        grown = statement.on_conflict_do_update(
            index_elements=[told_gaps.c.boot, told_gaps.c.first],
            set_={"last": statement.excluded.last},
            where=statement.excluded.last > told_gaps.c.last,
        )
        connection.execute(grown, [told._asdict() for told in longest.values()])

    def _conflicting(self, connection: Connection, again: list[Received]) -> list[Received]:
        """Those of `again` whose stored namesake has another content."""
        if not again:
            return []
        keys = [tuple(message.identity) for message in again]
        query = select(*_IDENTITY, events.c.payload_sha256).where(tuple_(*_IDENTITY).in_(keys))
        known = {Identity(*row[:3]): row[3] for row in connection.execute(query)}
        return [message for message in again if known[message.identity] != message.digest]

    def _add_rejected(self, connection: Connection, rejected: list[Rejected], now: int) -> None:
        if not rejected:
            return
        statement = self._insert(quarantine).on_conflict_do_nothing()
        connection.execute(
            statement,
            [
                {
                    "received_unix_ns": now,
                    "topic": message.topic,
                    "reason": message.reason,
                    "payload_sha256": message.digest,
                    "payload": message.payload,
                }
                for message in rejected
            ],
        )
        # Positions may have holes: a database counts on for a message that it has already.
        newest = select(quarantine.c.position).order_by(quarantine.c.position.desc())
        too_old = newest.offset(self._settings.quarantine_limit).limit(1).scalar_subquery()
        connection.execute(delete(quarantine).where(quarantine.c.position <= too_old))


def sum_up(parts: Sequence[Committed]) -> Committed:
    """What several transactions did together."""
    acknowledge: dict[Source, set[int]] = defaultdict(set)
    for part in parts:
        for source, sequences in part.acknowledge.items():
            acknowledge[source] |= sequences
    return Committed(
        stored=sum(part.stored for part in parts),
        duplicates=sum(part.duplicates for part in parts),
        quarantined=sum(part.quarantined for part in parts),
        acknowledge=dict(acknowledge),
    )


def _row(message: Received, now: int) -> dict[str, object]:
    identity: Identity = message.identity
    return {
        "device": identity.device,
        "boot": identity.boot,
        "sequence": identity.sequence,
        "site": message.site,
        "received_unix_ns": now,
        "payload_sha256": message.digest,
        "payload": message.payload,
        **message.columns,
    }


def _to_acknowledge(messages: Sequence[Received | Rejected]) -> dict[Source, set[int]]:
    sources: dict[Source, set[int]] = defaultdict(set)
    for message in messages:
        if message.identity is not None:
            device, boot, sequence = message.identity
            sources[message.site, device, boot].add(sequence)
    return dict(sources)


def _prepare(connection: Connection) -> None:
    metadata.create_all(connection)
    version = connection.execute(select(schema_version.c.version)).scalar_one_or_none()
    if version is None:
        connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
        return
    while version in MIGRATIONS:
        for step in MIGRATIONS[version]:
            connection.execute(text(step))
        version += 1
        connection.execute(update(schema_version).values(version=version))
    if version != SCHEMA_VERSION:
        raise StoreSchemaError(
            f"the event store has schema {version}, this version of Linewatch reads {SCHEMA_VERSION}: "
            "name another database, or run the version that made it"
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot make the folder {folder} of the event store: {error.strerror}") from error
