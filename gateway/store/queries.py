"""What operators and reports ask: each question a function, each answer frozen dataclasses in a stated order.

All of them read; none needs the projector to run. Pages go backwards by key, so that they neither skip nor
repeat a row while new ones arrive.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from google.protobuf import json_format

from gateway.store import tables
from gateway.store.records import (
    Charge,
    Denial,
    DenialCount,
    Difference,
    Event,
    Execution,
    Instrument,
    Limit,
    LimitChange,
    Order,
    OrderLife,
    Orphan,
    Page,
    Position,
    PositionCharges,
    ProjectionPosition,
    Rate,
    ReferencePrice,
    Request,
    Session,
    TradingState,
)
from gateway.v1 import events_pb2

__all__ = [
    "charges",
    "denials",
    "denials_by_code",
    "differences",
    "event_as_json",
    "events",
    "executions",
    "instruments",
    "limit_changes",
    "limits",
    "order_life",
    "orders",
    "orphans",
    "position_charges",
    "positions",
    "projection_position",
    "rates",
    "reference_prices",
    "sessions",
    "trading_states",
]

PAGE_MAX = 1_000

T = TypeVar("T")


def orders(
    connection: sa.Connection,
    *,
    open_only: bool = False,
    client: str | None = None,
    client_order_id: str | None = None,
    account: str | None = None,
    instrument: str | None = None,
    status: str | None = None,
    from_ns: int | None = None,
    to_ns: int | None = None,
    before_order_id: int | None = None,
    limit: int = 100,
) -> Page[Order]:
    """List orders, newest first, made at or after `from_ns` and before `to_ns`."""
    table = tables.orders
    statement = sa.select(table)
    if open_only:
        # As it stands in the partial index: a comparison with a parameter would not be recognised.
        statement = statement.where(sa.text("is_open"))
    equal = {
        "client": client,
        "client_order_id": client_order_id,
        "account": account,
        "instrument": instrument,
        "status": status,
    }
    statement = _where_equal(statement, table, equal)
    statement = _where_between(statement, table.c.created_ns, from_ns, to_ns)
    return _page(connection, statement, Order, table.c.order_id, before_order_id, limit)


def order_life(connection: sa.Connection, order_id: int) -> OrderLife | None:
    """Tell everything about one order; None where there is none."""
    order = connection.execute(
        sa.select(tables.orders).where(tables.orders.c.order_id == order_id)
    ).one_or_none()
    if order is None:
        return None
    requests, reports, told = tables.requests, tables.executions, tables.events
    return OrderLife(
        Order(*order),
        _all(connection, Request, requests, requests.c.order_id == order_id, requests.c.created_lsn),
        _all(connection, Execution, reports, reports.c.order_id == order_id, reports.c.lsn),
        _all(connection, Event, told, told.c.order_id == order_id, told.c.lsn),
    )


def executions(
    connection: sa.Connection,
    *,
    trades_only: bool = False,
    account: str | None = None,
    instrument: str | None = None,
    exec_id: str | None = None,
    from_ns: int | None = None,
    to_ns: int | None = None,
    before_lsn: int | None = None,
    limit: int = 100,
) -> Page[Execution]:
    """List reports, newest first; `trades_only`: those that count in positions."""
    table = tables.executions
    statement = sa.select(table)
    if trades_only:
        statement = statement.where(table.c.is_live)
    statement = _where_equal(
        statement, table, {"account": account, "instrument": instrument, "exec_id": exec_id}
    )
    statement = _where_between(statement, table.c.time_ns, from_ns, to_ns)
    return _page(connection, statement, Execution, table.c.lsn, before_lsn, limit)


def events(
    connection: sa.Connection,
    *,
    kind: str | None = None,
    client: str | None = None,
    session: str | None = None,
    from_ns: int | None = None,
    to_ns: int | None = None,
    before_lsn: int | None = None,
    limit: int = 100,
) -> Page[Event]:
    """List the audit trail, newest first."""
    table = tables.events
    statement = _where_equal(sa.select(table), table, {"kind": kind, "client": client, "session": session})
    statement = _where_between(statement, table.c.time_ns, from_ns, to_ns)
    return _page(connection, statement, Event, table.c.lsn, before_lsn, limit)


def positions(
    connection: sa.Connection, *, account: str | None = None, instrument: str | None = None
) -> tuple[Position, ...]:
    """List positions by account, strategy and instrument."""
    table = tables.positions
    statement = _where_equal(sa.select(table), table, {"account": account, "instrument": instrument})
    rows = connection.execute(statement.order_by(table.c.account, table.c.strategy, table.c.instrument))
    return tuple(Position(*row) for row in rows)


def position_charges(connection: sa.Connection, *, account: str | None = None) -> tuple[PositionCharges, ...]:
    """List commission and fees by position and currency."""
    table = tables.position_charges
    statement = _where_equal(sa.select(table), table, {"account": account})
    rows = connection.execute(statement.order_by(*table.primary_key))
    return tuple(PositionCharges(*row) for row in rows)


def charges(connection: sa.Connection, order_id: int) -> tuple[Charge, ...]:
    """List what an order cost, oldest first, with what was taken back."""
    table = tables.charges
    statement = sa.select(table).where(table.c.order_id == order_id).order_by(table.c.lsn, table.c.ordinal)
    return tuple(Charge(*row) for row in connection.execute(statement))


def instruments(connection: sa.Connection) -> tuple[Instrument, ...]:
    """List instruments by name."""
    return _all(connection, Instrument, tables.instruments, sa.true(), tables.instruments.c.instrument)


def limits(connection: sa.Connection, *, removed: bool = False) -> tuple[Limit, ...]:
    """List the limits that were set, by name: those in force, with `removed` also those that were taken away."""
    table = tables.limits
    condition = sa.true() if removed else sa.not_(table.c.is_removed)
    return _all(connection, Limit, table, condition, table.c.name)


def limit_changes(
    connection: sa.Connection,
    *,
    name: str | None = None,
    from_ns: int | None = None,
    to_ns: int | None = None,
    limit: int = 100,
) -> tuple[LimitChange, ...]:
    """List changes of limits that took effect, the newest first, made at or after `from_ns` and before `to_ns`."""
    table = tables.limit_changes
    statement = sa.select(table).where(table.c.is_effective)
    statement = _where_equal(statement, table, {"name": name})
    statement = _where_between(statement, table.c.time_ns, from_ns, to_ns)
    statement = statement.order_by(table.c.lsn.desc(), table.c.ordinal).limit(limit)
    return tuple(LimitChange(*row) for row in connection.execute(statement))


def rates(connection: sa.Connection) -> tuple[Rate, ...]:
    """List the rates in force, by the pair's first currency."""
    return _all(connection, Rate, tables.rates, sa.true(), tables.rates.c.from_currency)


def sessions(connection: sa.Connection) -> tuple[Session, ...]:
    """List sessions by name."""
    return _all(connection, Session, tables.sessions, sa.true(), tables.sessions.c.session)


def trading_states(connection: sa.Connection) -> tuple[TradingState, ...]:
    """List the levels whose trading state was ever set, by name."""
    return _all(connection, TradingState, tables.trading_states, sa.true(), tables.trading_states.c.level)


def reference_prices(connection: sa.Connection) -> tuple[ReferencePrice, ...]:
    """List the reference prices in force by instrument."""
    table = tables.reference_prices
    return _all(connection, ReferencePrice, table, sa.true(), table.c.instrument)


def orphans(connection: sa.Connection, *, before_lsn: int | None = None, limit: int = 100) -> Page[Orphan]:
    """List orphans, newest first."""
    return _page(connection, sa.select(tables.orphans), Orphan, tables.orphans.c.lsn, before_lsn, limit)


def denials(
    connection: sa.Connection,
    *,
    code: str | None = None,
    client: str | None = None,
    from_ns: int | None = None,
    to_ns: int | None = None,
    before_lsn: int | None = None,
    limit: int = 100,
) -> Page[Denial]:
    """List refusals, newest first; `code` without prefix, for example PRICE_COLLAR."""
    table = tables.denials
    statement = _where_equal(sa.select(table), table, {"code": code, "client": client})
    statement = _where_between(statement, table.c.time_ns, from_ns, to_ns)
    return _page(connection, statement, Denial, table.c.lsn, before_lsn, limit)


def denials_by_code(
    connection: sa.Connection, *, from_ns: int | None = None, to_ns: int | None = None
) -> tuple[DenialCount, ...]:
    """Count refusals by code, most frequent first."""
    table = tables.denials
    count = sa.func.count()
    statement = sa.select(table.c.code, count, sa.func.max(table.c.time_ns)).group_by(table.c.code)
    statement = _where_between(statement, table.c.time_ns, from_ns, to_ns)
    rows = connection.execute(statement.order_by(count.desc(), table.c.code))
    return tuple(DenialCount(code, int(total), int(newest_ns)) for code, total, newest_ns in rows)


def projection_position(connection: sa.Connection) -> ProjectionPosition | None:
    """Tell how far the database is; None where nothing was ever projected into it."""
    table = tables.projection
    row = connection.execute(
        sa.select(table.c.journal_id, table.c.lsn, table.c.events_count, table.c.updated_ns)
    ).one_or_none()
    return None if row is None else ProjectionPosition(*row)


def differences(connection: sa.Connection, *, limit: int = 100) -> tuple[Difference, ...]:
    """Find orders whose cumulative quantity is not the sum of their live trades; none should be."""
    order, trade = tables.orders, tables.executions
    traded = (
        sa.select(trade.c.order_id, sa.func.sum(trade.c.last_quantity).label("quantity"))
        .where(trade.c.is_live)
        .group_by(trade.c.order_id)
        .subquery()
    )
    quantity = sa.func.coalesce(traded.c.quantity, 0, type_=trade.c.last_quantity.type)
    statement = (
        sa.select(order.c.order_id, order.c.cum_quantity, quantity)
        .select_from(order.outerjoin(traded, traded.c.order_id == order.c.order_id))
        .where(order.c.cum_quantity != quantity)
        .order_by(order.c.order_id)
        .limit(limit)
    )
    return tuple(Difference(*row) for row in connection.execute(statement))


def event_as_json(event: Event) -> dict[str, Any]:
    """Decode an event's bytes, field names as in the schema."""
    message = events_pb2.Event.FromString(event.payload)
    decoded = json.loads(json_format.MessageToJson(message, preserving_proto_field_name=True))
    assert isinstance(decoded, dict)
    return decoded


def _where_equal(statement: sa.Select[Any], table: sa.Table, equal: dict[str, str | None]) -> sa.Select[Any]:
    for name, value in equal.items():
        if value is not None:
            statement = statement.where(table.c[name] == value)
    return statement


def _where_between(
    statement: sa.Select[Any], column: sa.ColumnElement[int], from_ns: int | None, to_ns: int | None
) -> sa.Select[Any]:
    if from_ns is not None:
        statement = statement.where(column >= from_ns)
    if to_ns is not None:
        statement = statement.where(column < to_ns)
    return statement


def _page(
    connection: sa.Connection,
    statement: sa.Select[Any],
    make: Callable[..., T],
    key: sa.ColumnElement[int],
    before: int | None,
    limit: int,
) -> Page[T]:
    if not 1 <= limit <= PAGE_MAX:
        raise ValueError(f"expected a limit of 1 to {PAGE_MAX}, was {limit}; ask for the rest by pages")
    if before is not None:
        statement = statement.where(key < before)
    rows = list(connection.execute(statement.order_by(key.desc()).limit(limit + 1)))
    shown = rows[:limit]
    next_before = int(getattr(shown[-1], key.key)) if len(rows) > limit and key.key else None
    return Page(tuple(make(*row) for row in shown), next_before)


def _all(
    connection: sa.Connection,
    make: Callable[..., T],
    table: sa.Table,
    condition: sa.ColumnElement[bool],
    order_by: sa.ColumnElement[Any],
) -> tuple[T, ...]:
    statement = sa.select(table).where(condition).order_by(order_by)
    return tuple(make(*row) for row in connection.execute(statement))
