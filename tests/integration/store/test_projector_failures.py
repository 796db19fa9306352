"""What the projector does when the database or the machine does not play along."""

from __future__ import annotations

import multiprocessing
import random
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.store import schema
from gateway.store.engine import open_engine, writing
from gateway.store.projection import PositionMovedError, Projection, rebuild
from gateway.store.projector import Projector, ProjectorSettings, ProjectorState
from tests.support.databases import PostgresqlServer
from tests.support.event_journal import EventJournal
from tests.support.order_stream import OrderStream
from tests.support.projecting import project
from tests.support.tables import all_rows
from tests.support.waiting import wait_until

QUICK = ProjectorSettings(batch_bytes=2_000, idle_wait_s=0.005, retry_min_s=0.01, retry_max_s=0.05)


def make_projector(
    url: str, journal: EventJournal, *, timeout_ms: int | None = None, settings: ProjectorSettings = QUICK
) -> Projector:
    return Projector(
        journal,
        open_engine(url, timeout_ms=timeout_ms),
        random=random.Random(1).random,
        monotonic_ns=time.monotonic_ns,
        settings=settings,
    )


def expected_rows(journal: EventJournal, folder: Path) -> dict[str, list[dict[str, object]]]:
    url = f"sqlite:///{folder}/expected.db"
    project(url, journal)
    return all_rows(url)


def project_in_child(url: str, journal: EventJournal) -> None:
    projector = make_projector(url, journal)
    while projector.snapshot().projected_lsn < journal.committed_lsn():
        projector.step()


def test_projection_survives_kill_at_random_moments(database_url: str, tmp_path: Path) -> None:
    journal = OrderStream(3).run(2_000).journal
    moments = random.Random(3)
    fork = multiprocessing.get_context("fork")
    kills = 0
    for attempt in range(200):
        child = fork.Process(target=project_in_child, args=(database_url, journal))
        child.start()
        child.join(moments.uniform(0, 0.02 * (attempt + 1)))
        if child.exitcode is None:
            child.kill()
            child.join()
            kills += 1
        elif child.exitcode == 0:
            break
    else:
        raise AssertionError("no child came to the end")

    assert kills >= 5
    assert all_rows(database_url) == expected_rows(journal, tmp_path)


def test_projection_survives_restarts_of_postgresql(postgresql: PostgresqlServer, tmp_path: Path) -> None:
    stream = OrderStream(4).run(300)
    url = postgresql.new_database()
    projector = make_projector(url, stream.journal)
    projector.start()
    try:
        for events_count, mode in ((900, "immediate"), (1_500, "fast")):
            wait_until(lambda: projector.snapshot().batches_count > 2, "some batches")
            postgresql.stop(mode)
            stream.run(events_count)
            wait_until(lambda: projector.snapshot().state is ProjectorState.RETRYING, "retrying")
            down = projector.snapshot()
            assert down.lag > 0
            assert down.last_error
            postgresql.start()
            wait_until(lambda: projector.snapshot().lag == 0, "caught up")
            assert projector.snapshot().state is ProjectorState.RUNNING
            assert projector.snapshot().last_error == ""
        assert projector.snapshot().failures_count >= 2
    finally:
        assert projector.stop()

    assert all_rows(url) == expected_rows(stream.journal, tmp_path)


def hold_lock(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"))


def test_database_that_hangs_only_delays(database_url: str, tmp_path: Path) -> None:
    stream = OrderStream(5).run(200)
    projector = make_projector(database_url, stream.journal, timeout_ms=50)
    projector.start()
    engine = open_engine(database_url)
    try:
        wait_until(lambda: projector.snapshot().lag == 0, "caught up")
        with writing(engine) as connection:
            hold_lock(connection)
            stream.run(600)
            wait_until(lambda: projector.snapshot().failures_in_row >= 3, "several tries")
            assert projector.snapshot().state is ProjectorState.RETRYING
            assert projector.snapshot().lag > 0
        wait_until(lambda: projector.snapshot().lag == 0, "caught up again")
    finally:
        assert projector.stop()
        engine.dispose()

    assert all_rows(database_url) == expected_rows(stream.journal, tmp_path)


def test_stop_returns_although_the_database_hangs(database_url: str) -> None:
    stream = OrderStream(5).run(50)
    projector = make_projector(database_url, stream.journal, timeout_ms=20_000)
    projector.start()
    wait_until(lambda: projector.snapshot().lag == 0, "caught up")
    engine = open_engine(database_url)
    with writing(engine) as connection:
        hold_lock(connection)
        before = projector.snapshot().events_count
        stream.run(100)
        assert projector.stop(timeout_s=0.1) is False or projector.snapshot().events_count == before
    assert projector.stop(timeout_s=30)
    assert projector.snapshot().state is ProjectorState.STOPPED
    engine.dispose()


def test_two_projectors_on_one_database_project_each_event_once(database_url: str, tmp_path: Path) -> None:
    journal = OrderStream(6).run(1_500).journal
    projectors = [make_projector(database_url, journal) for _ in range(2)]
    for projector in projectors:
        projector.start()
    for projector in projectors:
        wait_until(
            lambda p=projector: p.snapshot().projected_lsn == journal.committed_lsn(), "both at the end"
        )
    assert all(projector.stop() for projector in projectors)

    assert sum(projector.snapshot().events_count for projector in projectors) == journal.count
    assert all_rows(database_url) == expected_rows(journal, tmp_path)


def test_rebuild_beside_a_running_projector_ends_with_the_same_rows(
    database_url: str, tmp_path: Path
) -> None:
    journal = OrderStream(8).run(800).journal
    projector = make_projector(database_url, journal)
    projector.start()
    wait_until(lambda: projector.snapshot().batches_count > 3, "some batches")
    engine = open_engine(database_url)
    rebuild(engine, journal)
    wait_until(lambda: projector.snapshot().lag == 0 and committed(engine, journal), "caught up")
    assert projector.stop()
    engine.dispose()

    assert all_rows(database_url) == expected_rows(journal, tmp_path)


def committed(engine: sa.Engine, journal: EventJournal) -> bool:
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT lsn FROM projection")).scalar_one_or_none()
    return found is not None and int(found) == journal.committed_lsn()


def test_answer_lost_after_commit_is_not_projected_again(database_url: str, tmp_path: Path) -> None:
    journal = OrderStream(9).run(400).journal
    engine = open_engine(database_url)
    schema.upgrade_engine(engine)
    first, second = Projection(engine, "J1"), Projection(engine, "J1")
    first.open(journal)
    # What a process believes whose commit worked and whose answer never came: the position before it.
    second.open(journal)
    first.apply(journal.events(first.lsn, None, 5_000))

    with pytest.raises(PositionMovedError):
        second.apply(journal.events(second.lsn, None, 5_000))
    second.open(journal)
    while second.lsn < journal.committed_lsn():
        second.apply(journal.events(second.lsn, None, 5_000))

    engine.dispose()
    assert all_rows(database_url) == expected_rows(journal, tmp_path)
