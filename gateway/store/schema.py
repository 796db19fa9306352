"""Brings a database to the schema of this version, by Alembic and without its command line.

The migrations lie in `migrations/` of the source tree, and in `gateway/migrations` of an installed wheel.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gateway.store.engine import open_engine, password_hidden, writing

__all__ = [
    "SchemaError",
    "check",
    "current",
    "downgrade",
    "head",
    "migrations_path",
    "upgrade",
    "upgrade_engine",
]


class SchemaError(RuntimeError):
    """The database's schema is not the one that this version needs."""


def migrations_path() -> Path:
    """Find the migrations. Raises SchemaError where this installation has none."""
    package = Path(__file__).resolve().parents[1]
    candidates = (package / "migrations", package.parent / "migrations")
    for path in candidates:
        if (path / "env.py").is_file():
            return path
    raise SchemaError(
        f"no migrations in {candidates[0]} or {candidates[1]}; "
        "install the gateway from a complete wheel or source tree"
    )


def head() -> str:
    """Name the revision that this version needs."""
    revision = ScriptDirectory(str(migrations_path())).get_current_head()
    assert revision is not None
    return revision


def current(connection: sa.Connection) -> str | None:
    """Name the revision that the database is at; None where it was never upgraded."""
    return MigrationContext.configure(connection).get_current_revision()


def check(connection: sa.Connection) -> None:
    """Raise SchemaError unless the database is at this version's revision."""
    found = current(connection)
    if found != head():
        raise SchemaError(
            f"expected the database schema at revision {head()}, was {found or 'none'} "
            f"({password_hidden(connection.engine.url)}); run `gateway database upgrade`"
        )


def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade a database, which may be empty, to a revision."""
    engine = open_engine(url)
    try:
        upgrade_engine(engine, revision)
    finally:
        engine.dispose()


def upgrade_engine(engine: sa.Engine, revision: str = "head") -> None:
    """Upgrade by an engine that is open; all revisions in one transaction."""
    with writing(engine) as connection:
        found = current(connection)
        if revision == "head" and found == head():
            return
        _refuse_newer(connection, found)
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Take a database back to a revision ("base": nothing is left). Rows of dropped tables are gone; see
    rebuild.
    """
    engine = open_engine(url)
    try:
        with writing(engine) as connection:
            command.downgrade(_config(connection), revision)
    finally:
        engine.dispose()


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_path()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _refuse_newer(connection: sa.Connection, found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory(str(migrations_path())).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaError(
            f"expected one of the revisions {', '.join(sorted(known))}, was {found} "
            f"({password_hidden(connection.engine.url)}); a newer gateway made this database: "
            "use that version, or give this one an empty database to project into"
        )
