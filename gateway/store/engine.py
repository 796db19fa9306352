"""Opens the database: SQLite by default, PostgreSQL by URL, with the settings that the projector relies on.

SQLite runs in WAL mode, so that people can read while the projector writes, and with `synchronous=NORMAL`: a
power failure may then lose the last commits, but never a part of one, and the projector's position goes with
them, so the journal simply supplies them again. FULL would pay a disk sync for every batch to protect what
the journal already holds.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["DatabaseUrlError", "open_engine", "password_hidden", "writing"]

# Execution option of a connection that will write. On SQLite its transaction starts with BEGIN IMMEDIATE: a
# reader that became a writer halfway would fail with "database is locked" and no timeout would help it.
WRITE = "gateway_write"

SQLITE_BUSY_TIMEOUT_MS = 5_000
_SWITCH_RETRY_S = 0.005
POSTGRESQL_CONNECT_TIMEOUT_S = 5
POSTGRESQL_STATEMENT_TIMEOUT_MS = 60_000


# Held by every transaction that writes on PostgreSQL. Batches, migrations and rebuilds touch the same tables
# in different orders, and without it two of them could wait for each other.
POSTGRESQL_WRITE_LOCK = 0x6677_7374


class DatabaseUrlError(ValueError):
    """The database URL cannot be used; the text says why and what would."""


def password_hidden(url: str | sa.URL) -> str:
    """Render a database URL for logs: without its password, and without its query, which may hold another."""
    return (_parse(url) if isinstance(url, str) else url).set(query={}).render_as_string(hide_password=True)


def open_engine(url: str, *, timeout_ms: int | None = None) -> sa.Engine:
    """Make an engine for a `sqlite:///path` or `postgresql://user@host/name` URL; nothing connects yet.

    `timeout_ms` bounds the wait for a lock on SQLite and a whole statement on PostgreSQL.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, timeout_ms if timeout_ms is not None else SQLITE_BUSY_TIMEOUT_MS)
    return _open_postgresql(parsed, timeout_ms if timeout_ms is not None else POSTGRESQL_STATEMENT_TIMEOUT_MS)


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open the one transaction that writes: committed at the end, rolled back on an exception."""
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(POSTGRESQL_WRITE_LOCK)))
        yield connection


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        # SQLAlchemy's own text would repeat the URL, with the password that may be in it.
        raise DatabaseUrlError(
            "the database URL cannot be read; write sqlite:///PATH or postgresql://USER@HOST/NAME"
        ) from error
    if "password" in parsed.query:
        # Where it stands as a parameter, SQLAlchemy would show it in every log.
        password = parsed.query["password"]
        parsed = parsed.difference_update_query(["password"]).set(password=str(password))
    backend = parsed.get_backend_name()
    if backend == "postgres" or parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend not in ("sqlite", "postgresql"):
        raise DatabaseUrlError(
            f"expected a database URL of sqlite or postgresql, was {backend}; "
            "write sqlite:///PATH or postgresql://USER@HOST/NAME"
        )
    return parsed


def _use_write_ahead_log(cursor: sqlite3.Cursor, timeout_ms: int) -> None:
    """Switch the file to a write-ahead log, where it has none yet.

    The switch needs the file for itself, and SQLite does not wait for that: where two open a new database at once, one
    of them is told at once that it is locked, whatever its busy timeout. Raises sqlite3.OperationalError after that.
    """
    deadline_s = time.monotonic() + timeout_ms / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline_s:
                raise
        time.sleep(_SWITCH_RETRY_S)


def _open_sqlite(url: sa.URL, busy_timeout_ms: int) -> sa.Engine:
    if url.database in (None, "", ":memory:"):
        raise DatabaseUrlError(
            "expected a file for SQLite, was a database in memory; write sqlite:///PATH, "
            "because each connection would see a database of its own"
        )
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, entry: ConnectionPoolEntry) -> None:
        # The driver's own transaction control would start no transaction before a SELECT; `begin` below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(busy_timeout_ms)}")
        _use_write_ahead_log(cursor, busy_timeout_ms)
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _open_postgresql(url: sa.URL, statement_timeout_ms: int) -> sa.Engine:
    # A server that vanished without a word must not hold the projector's thread: both the connection and the
    # wait for an answer end by themselves.
    engine = sa.create_engine(
        url,
        connect_args={
            "connect_timeout": POSTGRESQL_CONNECT_TIMEOUT_S,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
            "application_name": "gateway",
        },
        pool_pre_ping=True,
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {int(statement_timeout_ms)}")
            cursor.execute("SET timezone = 'UTC'")
        connection.commit()

    return engine
