"""The questions of operators and reports, asked of a database that holds a random stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.store import queries, records, schema, tables
from gateway.store.engine import open_engine
from tests.support.order_stream import OrderStream
from tests.support.projecting import project
from tests.support.tables import all_rows

ZERO = Decimal(0)

RECORDS: dict[str, type[Any]] = {
    "orders": records.Order,
    "requests": records.Request,
    "executions": records.Execution,
    "events": records.Event,
    "positions": records.Position,
    "sessions": records.Session,
    "trading_states": records.TradingState,
    "reference_prices": records.ReferencePrice,
    "orphans": records.Orphan,
    "charges": records.Charge,
    "position_charges": records.PositionCharges,
    "instruments": records.Instrument,
    "rates": records.Rate,
    "limits": records.Limit,
    "limit_changes": records.LimitChange,
    "denials": records.Denial,
}


@pytest.fixture
def stream() -> OrderStream:
    return OrderStream(11).run(1_000)


@pytest.fixture
def connection(database_url: str, stream: OrderStream) -> Iterator[sa.Connection]:
    project(database_url, stream.journal)
    engine = open_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("name", RECORDS)
def test_record_fields_equal_the_columns_in_order(name: str) -> None:
    columns = [column.name for column in tables.metadata.tables[name].columns]
    assert [field.name for field in fields(RECORDS[name])] == columns


def test_order_pages_hold_every_order_once_newest_first(connection: sa.Connection) -> None:
    seen: list[int] = []
    before = None
    while True:
        page = queries.orders(connection, before_order_id=before, limit=17)
        seen += [order.order_id for order in page.rows]
        before = page.before
        if before is None:
            break
    count = connection.execute(sa.select(sa.func.count()).select_from(tables.orders)).scalar_one()
    assert len(seen) == count
    assert seen == sorted(set(seen), reverse=True)


def test_open_orders_equal_the_model(connection: sa.Connection, stream: OrderStream) -> None:
    page = queries.orders(connection, open_only=True, limit=1_000)
    expected = {order.order_id for order in stream.orders.values() if order.is_open}
    assert {order.order_id for order in page.rows} == expected
    assert expected


def test_order_filters_narrow_together(connection: sa.Connection, stream: OrderStream) -> None:
    page = queries.orders(connection, instrument="ACME", account="A1", status="FILLED", limit=1_000)
    expected = {
        order.order_id
        for order in stream.orders.values()
        if (order.instrument, order.account, order.status) == ("ACME", "A1", "FILLED")
    }
    assert {order.order_id for order in page.rows} == expected
    assert expected
    found = queries.orders(connection, client="alpha", client_order_id="c3")
    assert [order.order_id for order in found.rows] == [3]


def test_times_are_from_inclusive_to_exclusive(connection: sa.Connection) -> None:
    newest_first = queries.executions(connection, limit=10).rows
    low, high = newest_first[7].time_ns, newest_first[2].time_ns
    found = queries.executions(connection, from_ns=low, to_ns=high).rows
    assert [execution.lsn for execution in found] == [execution.lsn for execution in newest_first[3:8]]


def test_order_life_tells_all_of_one_order_oldest_first(
    connection: sa.Connection, stream: OrderStream
) -> None:
    order = max(stream.orders.values(), key=lambda o: len(o.trades) + len(o.requests))
    life = queries.order_life(connection, order.order_id)
    assert life is not None
    assert life.order.status == order.status
    sent = [request for request in life.requests if request.state != "DENIED"]
    assert [request.request_id for request in sent] == [request.request_id for request in order.requests]
    live = [execution for execution in life.executions if execution.is_live]
    assert sum((execution.last_quantity or ZERO for execution in live), ZERO) == order.cum_quantity
    assert [event.lsn for event in life.events] == sorted(event.lsn for event in life.events)
    assert life.events[0].kind == "order_accepted"
    shown = queries.event_as_json(life.events[0])
    assert shown["order_accepted"]["order_id"] == str(order.order_id)


def test_order_life_of_unknown_order_is_none(connection: sa.Connection) -> None:
    assert queries.order_life(connection, 10**9) is None


def test_denials_are_counted_by_code(connection: sa.Connection, stream: OrderStream) -> None:
    counts = queries.denials_by_code(connection)
    assert sum(entry.count for entry in counts) == stream.denied_count
    codes = Counter(denial.code for denial in queries.denials(connection, limit=1_000).rows)
    assert {entry.code: entry.count for entry in counts} == codes
    assert set(codes) == {"UNKNOWN_INSTRUMENT", "UNKNOWN_ORDER"}


def test_lists_equal_the_tables(connection: sa.Connection, database_url: str) -> None:
    rows = all_rows(database_url)
    assert [position.net_quantity for position in queries.positions(connection)] == [
        row["net_quantity"] for row in rows["positions"]
    ]
    assert [session.session for session in queries.sessions(connection)] == ["SIM-1", "SIM-2"]
    assert [state.level for state in queries.trading_states(connection)] == ["firm"]
    assert [price.instrument for price in queries.reference_prices(connection)] == ["ACME", "BETA"]
    assert len(queries.orphans(connection, limit=1_000).rows) == len(rows["orphans"])
    assert len(queries.events(connection, kind="session_changed", limit=1_000).rows) == sum(
        row["kind"] == "session_changed" for row in rows["events"]
    )
    position = queries.projection_position(connection)
    assert position is not None
    assert (position.journal_id, position.events_count) == ("J1", len(rows["events"]))


def test_differences_find_an_order_whose_trades_do_not_add_up(connection: sa.Connection) -> None:
    assert queries.differences(connection) == ()
    traded = next(o for o in queries.orders(connection, limit=1_000).rows if o.cum_quantity)
    connection.execute(
        sa.update(tables.orders)
        .where(tables.orders.c.order_id == traded.order_id)
        .values(cum_quantity=traded.cum_quantity + Decimal("0.00000001"))
    )
    found = queries.differences(connection)
    assert found == (
        records.Difference(traded.order_id, traded.cum_quantity + Decimal("1E-8"), traded.cum_quantity),
    )
    connection.rollback()


@pytest.mark.parametrize("limit", [0, 1_001])
def test_page_outside_its_bounds_is_refused(connection: sa.Connection, limit: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        queries.orders(connection, limit=limit)


def test_empty_database_answers_every_question(database_url: str) -> None:
    schema.upgrade(database_url)
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert queries.orders(connection).rows == ()
        assert queries.projection_position(connection) is None
        assert queries.denials_by_code(connection) == ()
        assert queries.differences(connection) == ()
    engine.dispose()
