"""Opens the database, SQLite or PostgreSQL, and says what its errors mean to an operator."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import (
    TimeoutError as PoolTimeout,
)

from linewatch.cloud.errors import ConfigurationError, StoreError, StoreUnavailable

_BUSY_TIMEOUT_SECONDS = 5.0
DIALECTS = ("sqlite", "postgresql")


def make_engine(url: str) -> Engine:
    """An engine whose commits survive a power cut. Connects when first used.

    Raises:
        ConfigurationError: `url` is malformed, of another database, or its driver is not installed.
    """
    try:
        parsed = make_url(url)
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigurationError(
            f"events.store.url: {error}; write sqlite:///FILE or postgresql+psycopg://..."
        ) from error
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"events.store.url needs the module {error.name}; install linewatch[postgresql]"
        ) from error
    if engine.dialect.name not in DIALECTS:
        raise ConfigurationError(f"events.store.url: {engine.dialect.name} is not one of {', '.join(DIALECTS)}")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def sqlite_file(url: str) -> Path | None:
    """The file that `url` names; None for another database or one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turns the errors of SQLAlchemy inside into ours.

    Raises:
        StoreUnavailable: trying again later may help.
        StoreError: it will not.
    """
    where = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable(
            f"event store {where}: {_cause(error)}; check that it runs, is writable and has room"
        ) from error
    except DBAPIError as error:
        kind = StoreUnavailable if error.connection_invalidated else StoreError
        raise kind(f"event store {where}: {_cause(error)}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"event store {where}: {error}") from error


def _cause(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_TIMEOUT_SECONDS * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
