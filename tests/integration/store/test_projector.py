"""The projector step by step: what it takes, what it refuses, how long it waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.store.engine import DatabaseUrlError, open_engine, password_hidden
from gateway.store.fold import ProjectionError
from gateway.store.projection import rebuild
from gateway.store.projector import Projector, ProjectorSettings, ProjectorState
from gateway.store.source import EventBatch
from gateway.v1 import events_pb2, order_entry_pb2, types_pb2
from tests.support.event_journal import Batch, EventJournal
from tests.support.order_stream import OrderStream
from tests.support.projecting import project
from tests.support.tables import all_rows


@contextmanager
def opened(url: str, journal: EventJournal, settings: ProjectorSettings | None = None) -> Iterator[Projector]:
    engine = open_engine(url)
    try:
        yield Projector(
            journal, engine, random=lambda: 0.0, monotonic_ns=time.monotonic_ns, settings=settings
        )
    finally:
        engine.dispose()


def run_to_end(projector: Projector) -> None:
    for _ in range(10_000):
        if projector.step() > 0:
            return
    raise AssertionError("the projector never had to wait")


def test_projector_of_empty_journal_waits_for_its_first_event(database_url: str) -> None:
    journal = EventJournal(prefix="")
    with opened(database_url, journal) as projector:
        assert projector.step() > 0
        assert projector.snapshot().state is ProjectorState.OPENING
        journal.add(events_pb2.Event(gateway_started=events_pb2.GatewayStarted(cl_ord_id_prefix="J1")))
        run_to_end(projector)
        assert projector.snapshot().projected_lsn == 1
        assert projector.snapshot().lag == 0


def test_lag_counts_records_that_are_no_events(database_url: str) -> None:
    journal = EventJournal()
    with opened(database_url, journal) as projector:
        run_to_end(projector)
        journal.skip(5)
        assert projector.snapshot().lag == 5
        run_to_end(projector)
        assert projector.snapshot().lag == 0
        assert projector.snapshot().events_count == 1


def test_database_of_another_journal_is_refused_and_left_alone(database_url: str) -> None:
    project(database_url, OrderStream(1).run(100).journal)
    before = all_rows(database_url)
    with opened(database_url, EventJournal(prefix="J2")) as projector:
        assert projector.step() > 0
        snapshot = projector.snapshot()
    assert snapshot.state is ProjectorState.REFUSED
    assert "journal J2, was that of J1" in snapshot.last_error
    assert "gateway database rebuild" in snapshot.last_error
    assert all_rows(database_url) == before


def test_journal_that_lost_its_end_is_refused(database_url: str) -> None:
    journal = OrderStream(1).run(100).journal
    project(database_url, journal)
    journal.cut_after(journal.committed_lsn() - 10)
    with opened(database_url, journal) as projector:
        projector.step()
        assert projector.snapshot().state is ProjectorState.REFUSED
        assert "lost its end" in projector.snapshot().last_error


def test_journal_that_lost_its_end_and_went_on_is_refused(database_url: str) -> None:
    stream = OrderStream(1).run(100)
    project(database_url, stream.journal)
    stream.journal.cut_after(stream.journal.committed_lsn() - 10)
    for _ in range(30):
        stream.session()
    with opened(database_url, stream.journal) as projector:
        projector.step()
        assert projector.snapshot().state is ProjectorState.REFUSED
        assert "went on" in projector.snapshot().last_error


def test_refused_database_is_taken_after_rebuild_without_restart(database_url: str) -> None:
    project(database_url, EventJournal(prefix="J1"))
    journal = EventJournal(prefix="J2")
    with opened(database_url, journal) as projector:
        projector.step()
        assert projector.snapshot().state is ProjectorState.REFUSED
        engine = open_engine(database_url)
        rebuild(engine, journal)
        engine.dispose()
        run_to_end(projector)
        assert projector.snapshot().state is ProjectorState.RUNNING


def test_journal_whose_beginning_is_archived_goes_on_where_it_was(database_url: str) -> None:
    stream = OrderStream(1).run(100)
    project(database_url, stream.journal)
    stream.journal.archive_before(stream.journal.committed_lsn())
    stream.run(stream.journal.count + 50)
    with opened(database_url, stream.journal) as projector:
        projector.step()
        assert projector.snapshot().state is ProjectorState.STUCK
        assert "archived segments" in projector.snapshot().last_error
    with opened(database_url, stream.journal, ProjectorSettings(journal_id="J1")) as projector:
        run_to_end(projector)
        assert projector.snapshot().lag == 0


@pytest.mark.parametrize("projected", [True, False])
def test_archived_events_that_were_never_projected_are_missed_and_not_passed_over(
    database_url: str, projected: bool
) -> None:
    stream = OrderStream(1).run(100)
    if projected:
        project(database_url, stream.journal)
    stream.run(150)
    stream.journal.archive_before(stream.journal.committed_lsn() - 5)
    with opened(database_url, stream.journal, ProjectorSettings(journal_id="J1")) as projector:
        projector.step()
        assert projector.snapshot().state is ProjectorState.STUCK
        assert "events are missing" in projector.snapshot().last_error


def test_rebuild_of_archived_journal_is_refused_and_keeps_the_database(database_url: str) -> None:
    stream = OrderStream(1).run(100)
    project(database_url, stream.journal)
    before = all_rows(database_url)
    stream.journal.archive_before(50)
    engine = open_engine(database_url)
    with pytest.raises(ProjectionError, match="archived"):
        rebuild(engine, stream.journal, journal_id="J1")
    engine.dispose()
    assert all_rows(database_url) == before


def test_event_of_unknown_order_stops_the_projection_before_it(database_url: str) -> None:
    journal = OrderStream(1).run(50).journal
    with opened(database_url, journal) as projector:
        run_to_end(projector)
        before = all_rows(database_url)
        reported = events_pb2.ExecutionReported(order_id=999_999, exec_type=types_pb2.EXEC_TYPE_TRADE)
        journal.add(events_pb2.Event(execution_reported=reported))
        waits = [projector.step() for _ in range(6)]
        snapshot = projector.snapshot()
    assert snapshot.state is ProjectorState.STUCK
    assert "order 999999" in snapshot.last_error
    assert snapshot.lag == 1
    assert all_rows(database_url) == before
    # Opening the database in between does not start the waits anew.
    assert [wait for wait in waits if wait] == [0.05, 0.1, 0.2]


def test_event_that_cannot_be_decoded_stops_the_projection_before_it(database_url: str) -> None:
    class Damaged(EventJournal):
        def events(self, after_lsn: int, client: str | None, max_bytes: int = 1) -> EventBatch:
            batch = super().events(after_lsn, client, max_bytes)
            return Batch(batch.data[:-3], batch.count, batch.resume_lsn) if after_lsn else batch

    journal = Damaged()
    journal.add(events_pb2.Event(order_uncertain=events_pb2.OrderUncertain(order_id=1, reason="x" * 40)))
    with opened(database_url, journal, ProjectorSettings(batch_bytes=1)) as projector:
        for _ in range(4):
            projector.step()
        assert projector.snapshot().state is ProjectorState.STUCK
        assert projector.snapshot().projected_lsn == 1


def test_source_that_fails_does_not_end_the_projector(database_url: str) -> None:
    class Failing(EventJournal):
        fails = True

        def events(self, after_lsn: int, client: str | None, max_bytes: int = 1) -> EventBatch:
            if self.fails:
                raise RuntimeError("the core has stopped")
            return super().events(after_lsn, client, max_bytes)

    journal = Failing()
    with opened(database_url, journal) as projector:
        projector.step()
        assert projector.snapshot().state is ProjectorState.STUCK
        assert projector.snapshot().last_error == "the core has stopped"
        journal.fails = False
        run_to_end(projector)
        assert projector.snapshot().lag == 0


def test_waits_double_up_to_their_bound_and_jitter_shortens_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/missing/gateway.db"
    settings = ProjectorSettings(retry_min_s=1.0, retry_max_s=5.0)
    with opened(url, EventJournal(), settings) as projector:
        assert [projector.step() for _ in range(5)] == [0.5, 1.0, 2.0, 2.5, 2.5]
        assert projector.snapshot().state is ProjectorState.RETRYING
        assert projector.snapshot().failures_in_row == 5
        (tmp_path / "missing").mkdir()
        run_to_end(projector)
        assert projector.snapshot().failures_in_row == 0
        assert projector.snapshot().failures_count == 5


def test_many_failures_in_a_row_keep_the_longest_wait(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/missing/x.db", EventJournal()) as projector:
        waits = [projector.step() for _ in range(1_200)]
    assert waits[-1] == 7.5


def test_numbers_at_the_edges_come_back_exactly(database_url: str) -> None:
    journal = EventJournal()
    largest, smallest = "92233720368.54775807", "0.00000001"
    for order_id, quantity in ((1, largest), (2, smallest)):
        journal.add(
            events_pb2.Event(
                order_accepted=events_pb2.OrderAccepted(
                    order_id=order_id,
                    side=types_pb2.SIDE_BUY,
                    quantity=quantity,
                    price=largest,
                    request_id=order_id,
                )
            )
        )
        for number in range(3):
            journal.add(
                events_pb2.Event(
                    execution_reported=events_pb2.ExecutionReported(
                        order_id=order_id,
                        exec_id=f"E{order_id}.{number}",
                        exec_type=types_pb2.EXEC_TYPE_TRADE,
                        quantity=quantity,
                        last_quantity=quantity,
                        last_price=largest,
                    )
                )
            )
    project(database_url, journal)
    rows = all_rows(database_url)
    assert [row["quantity"] for row in rows["orders"]] == [Decimal(largest), Decimal(smallest)]
    position = rows["positions"][0]
    assert position["bought_quantity"] == 3 * (Decimal(largest) + Decimal(smallest))
    # 3 x (2^63-1)^2 + 3 x (2^63-1), in units of 1e-16
    mantissa = 2**63 - 1
    assert position["bought_money"] == Decimal(f"{3 * mantissa * mantissa + 3 * mantissa}E-16")


def test_prices_sort_as_numbers_in_sql(database_url: str) -> None:
    journal = EventJournal()
    for name, price in (("A", "9"), ("B", "10"), ("C", "0.5")):
        journal.add(
            events_pb2.Event(reference_price_set=events_pb2.ReferencePriceSet(instrument=name, price=price))
        )
    project(database_url, journal)
    engine = open_engine(database_url)
    with engine.connect() as connection:
        names = connection.execute(
            sa.text("SELECT instrument FROM reference_prices ORDER BY price")
        ).scalars()
        assert list(names) == ["C", "A", "B"]
    engine.dispose()


def test_times_keep_their_nanoseconds(database_url: str) -> None:
    journal = OrderStream(2).run(20).journal
    project(database_url, journal)
    events = order_entry_pb2.TradeResponse.FromString(journal.events(0, None, 1 << 20).data).events
    assert [row["time_ns"] for row in all_rows(database_url)["events"]] == [
        event.time.seconds * 10**9 + event.time.nanos for event in events
    ]


def test_payload_is_the_events_exact_bytes(database_url: str) -> None:
    journal = OrderStream(2).run(60).journal
    project(database_url, journal)
    for row in all_rows(database_url)["events"]:
        event = events_pb2.Event.FromString(row["payload"])
        assert event.lsn == row["lsn"]
        assert event.WhichOneof("body") == row["kind"]
        wrapped = order_entry_pb2.TradeResponse(events=[event]).SerializeToString()
        assert wrapped in journal.events(row["lsn"] - 1, None, 1).data


def test_text_that_a_database_cannot_hold_is_kept_readable(database_url: str) -> None:
    journal = EventJournal()
    journal.add(
        events_pb2.Event(
            execution_orphaned=events_pb2.ExecutionOrphaned(
                session="S", exec_id="E" * 10_000, instrument="N\0L", text="é\0" + "\U0001f600" * 5_000
            )
        )
    )
    project(database_url, journal)
    row = all_rows(database_url)["orphans"][0]
    assert row["instrument"] == "N\u2400L"
    assert row["exec_id"] == "E" * 127 + "…"
    assert row["text"].startswith("é\u2400\U0001f600")
    assert len(row["text"]) == 2_048


def test_event_of_a_newer_kind_is_kept_for_a_rebuild(database_url: str) -> None:
    journal = EventJournal()
    unknown = events_pb2.Event.FromString(b"\xc2\x3e\x03abc")
    journal.add(unknown)
    project(database_url, journal)
    row = all_rows(database_url)["events"][1]
    assert row["kind"] == "unknown"
    assert row["payload"].endswith(b"\xc2\x3e\x03abc")


def test_correction_of_a_trade_that_is_not_there_is_counted_as_a_difference(database_url: str) -> None:
    journal = EventJournal()
    journal.add(
        events_pb2.Event(order_accepted=events_pb2.OrderAccepted(order_id=1, quantity="10", request_id=1))
    )
    journal.add(
        events_pb2.Event(
            execution_reported=events_pb2.ExecutionReported(
                order_id=1, exec_type=types_pb2.EXEC_TYPE_TRADE_CANCEL, exec_ref_id="none", cum_quantity="5"
            )
        )
    )
    with opened(database_url, journal) as projector:
        run_to_end(projector)
        assert projector.snapshot().differences_count == 1
    assert all_rows(database_url)["orders"][0]["cum_quantity"] == 5


@pytest.mark.parametrize(
    "url", ["mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "nonsense:secret"]
)
def test_unusable_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        open_engine(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://gateway:secret@db/trading",
        "postgresql://gateway@db/trading?password=secret",
    ],
)
def test_password_is_hidden_in_logs(url: str) -> None:
    assert "secret" not in password_hidden(url)
    assert "secret" not in open_engine(url).url.render_as_string()
    assert open_engine(url).url.password == "secret"


def test_password_of_the_key_file_is_hidden_in_logs() -> None:
    assert "secret" not in password_hidden("postgresql://gateway:secret@db/trading?sslpassword=secret")
