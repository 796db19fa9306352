"""Runs the migrations on a connection that is handed in, or on GATEWAY_DATABASE_URL for Alembic's command
line.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import context

from gateway.store.engine import open_engine
from gateway.store.tables import metadata


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        # SQLite cannot alter most of a table; later revisions copy it instead.
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    if context.is_offline_mode():
        raise RuntimeError("expected a database, was --sql; the migrations run online only")
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    url = os.environ.get("GATEWAY_DATABASE_URL", "")
    engine = open_engine(url)
    with engine.connect() as opened, opened.begin():
        run(opened)


main()
