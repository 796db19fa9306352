"""`gateway database`: the projection made anew from the journal."""

import sqlite3
from pathlib import Path

from tests.integration.cli.processes import running_gateway
from tests.integration.cli.submit import submit
from tests.support.waiting import wait_until
from tests.unit.cli.cli_runner import gateway as cli


def _events(folder: Path) -> list[tuple[int, bytes]]:
    with sqlite3.connect(next(folder.glob("**/gateway.db"))) as database:
        return database.execute("select lsn, payload from events order by lsn").fetchall()


def _has_events(folder: Path) -> bool:
    try:
        return bool(_events(folder))
    except sqlite3.OperationalError:  # the tables are being made
        return False


def test_database_rebuild_gives_the_rows_of_the_first_projection(folder: Path) -> None:
    with running_gateway(folder) as gateway:
        submit(gateway.ready["api"], "o1")
        wait_until(lambda: _has_events(folder), "projector has made rows")
        assert gateway.stop() == 0
    before = _events(folder)  # what it came to before the stop
    with sqlite3.connect(next(folder.glob("**/gateway.db"))) as database:
        database.execute("delete from events")
    result = cli("database", "rebuild", "-c", folder / "gateway.yaml")
    assert result.code == 0, result.err
    assert result.out.startswith("projected anew up to lsn ")
    after = _events(folder)
    assert after[: len(before)] == before
    assert all(lsn > before[-1][0] for lsn, _ in after[len(before) :])


def test_database_upgrade_says_where_the_tables_are(folder: Path) -> None:
    result = cli("database", "upgrade", "-c", folder / "gateway.yaml")
    assert result.code == 0, result.err
    assert result.out.startswith("the tables are at revision ")


def test_database_rebuild_without_a_journal_fails_with_its_code(folder: Path) -> None:
    result = cli("database", "rebuild", "-c", folder / "gateway.yaml")
    assert result.code == 6
    assert "Traceback" not in result.err
