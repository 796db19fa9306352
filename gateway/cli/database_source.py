"""The database of a configuration, for commands that read it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from gateway.cli.failure import CommandFailure
from gateway.cli.options import DEFAULT_CONFIG, load_or_fail

__all__ = ["open_database"]


def open_database(config: Path | None) -> sa.Engine:
    """Open the database that a configuration names (None: the default one).

    Raises CommandFailure where it is a file of SQLite that is not there: opening it would make an empty one.
    """
    from gateway.store import open_engine  # loads the database's drivers

    url = load_or_fail(config or DEFAULT_CONFIG).database_url
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise CommandFailure(
            f"{parsed.database}: there is no database yet; `gateway run` makes it, and `gateway database rebuild` from"
            " the journal"
        )
    return open_engine(url)
