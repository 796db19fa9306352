"""The migrations and the tables are two descriptions of one thing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gateway.store import schema, tables
from gateway.store.engine import open_engine


def test_upgraded_database_equals_the_tables(database_url: str) -> None:
    schema.upgrade(database_url)

    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def test_constraint_names_of_migrations_equal_those_of_the_tables(database_url: str) -> None:
    schema.upgrade(database_url)

    engine = open_engine(database_url)
    inspector = sa.inspect(engine)
    for table in tables.metadata.sorted_tables:
        keys = {key["name"] for key in inspector.get_foreign_keys(table.name)}
        assert keys == {constraint.name for constraint in table.foreign_key_constraints}
        assert inspector.get_pk_constraint(table.name)["name"] == table.primary_key.name
        checks = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert checks == {c.name for c in table.constraints if isinstance(c, sa.CheckConstraint)}
    engine.dispose()


def test_downgrade_leaves_nothing_and_upgrade_works_again(database_url: str) -> None:
    schema.upgrade(database_url)
    schema.downgrade(database_url, "base")

    engine = open_engine(database_url)
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    schema.upgrade_engine(engine)
    assert {table.name for table in tables.metadata.sorted_tables} < set(sa.inspect(engine).get_table_names())
    with engine.connect() as connection:
        schema.check(connection)
    engine.dispose()


def test_upgrade_of_upgraded_database_changes_nothing(database_url: str) -> None:
    schema.upgrade(database_url)
    schema.upgrade(database_url)

    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert schema.current(connection) == schema.head()
    engine.dispose()


def test_new_sqlite_database_can_be_opened_by_several_at_once(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def connect(url: str, barrier: threading.Barrier) -> None:
        engine = open_engine(url)
        barrier.wait()
        try:
            with engine.connect() as connection:
                assert connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        except Exception as error:
            failures.append(error)
        engine.dispose()

    for number in range(50):
        barrier = threading.Barrier(4)
        url = f"sqlite:///{tmp_path}/{number}.db"
        threads = [threading.Thread(target=connect, args=(url, barrier)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []


def test_upgrade_from_two_threads_at_once_happens_once(database_url: str) -> None:
    failures: list[Exception] = []
    barrier = threading.Barrier(2)

    def upgrade() -> None:
        barrier.wait()
        try:
            schema.upgrade(database_url)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    engine = open_engine(database_url)
    with engine.connect() as connection:
        schema.check(connection)
    engine.dispose()


def test_check_of_empty_database_says_what_to_run(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection, pytest.raises(schema.SchemaError, match=r"was none.*upgrade"):
        schema.check(connection)
    engine.dispose()


def test_upgrade_of_database_made_by_newer_version_is_refused(database_url: str) -> None:
    schema.upgrade(database_url)
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(schema.SchemaError, match=r"9999.*newer gateway"):
        schema.upgrade(database_url)
    engine.dispose()
