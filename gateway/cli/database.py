"""`gateway database`: bring the projection to this version's tables, or make it anew from the journal."""

from __future__ import annotations

import sqlalchemy as sa
import typer

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import DEFAULT_CONFIG, Config, load_or_fail
from gateway.core import JournalError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The database, a projection of the journal.")
    group.command("upgrade")(_upgrade)
    group.command("rebuild")(_rebuild)
    app.add_typer(group, name="database")


def _upgrade(config: Config = None) -> None:
    """Bring the tables to this version. `gateway run` does it by itself at its start."""
    from gateway.store import schema

    settings = load_or_fail(config or DEFAULT_CONFIG)
    try:
        schema.upgrade(settings.database_url)
    except sa.exc.SQLAlchemyError as error:
        raise _unreachable(error) from error
    print(f"the tables are at revision {schema.head()}")


def _rebuild(config: Config = None) -> None:
    """Empty the tables and project the whole journal again. May run beside a running gateway."""
    from gateway.store import open_engine, rebuild, schema
    from gateway.store.journal_source import JournalSource

    settings = load_or_fail(config or DEFAULT_CONFIG)
    try:
        source = JournalSource(settings.journal.path, durable=settings.journal.durability == "disk")
        engine = open_engine(settings.database_url)
        schema.upgrade_engine(engine)
        lsn = rebuild(engine, source)
    except JournalError as error:
        raise CommandFailure(str(error), ExitCode.JOURNAL) from error
    except sa.exc.SQLAlchemyError as error:
        raise _unreachable(error) from error
    print(f"projected anew up to lsn {lsn}")


def _unreachable(error: sa.exc.SQLAlchemyError) -> CommandFailure:
    cause = str(getattr(error, "orig", None) or error).splitlines()[0]
    return CommandFailure(f"the database does not answer: {cause}; check database.url", ExitCode.FAILED)
