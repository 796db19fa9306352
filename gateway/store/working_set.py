"""The rows that one batch of events touches: loaded in bulk, changed in memory, written back in bulk.

A batch needs a handful of statements whatever its size. Rows live here only as long as the transaction that
read them, so nothing can grow stale.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store import tables
from gateway.store.rows import (
    ChargeRow,
    DenialRow,
    EventRow,
    ExecutionRow,
    InstrumentRow,
    LimitChangeRow,
    LimitRow,
    OrderRow,
    OrphanRow,
    PositionChargesRow,
    PositionRow,
    RateRow,
    ReferencePriceRow,
    RequestRow,
    SessionRow,
    TradingStateRow,
)

__all__ = ["TRADE_TYPES", "PositionKey", "WorkingSet"]

# Bound variables of one statement; SQLite's default limit is 32,766.
KEYS_MAX = 5_000

TRADE_TYPES = ("TRADE", "TRADE_CORRECT", "TRADE_CANCEL")

PositionKey = tuple[str, str, str]
Rows = Iterable[Mapping[str, Any]]


class WorkingSet:
    """Rows by key: what is put in with `add_*` is inserted, what is marked with `change_*` updated."""

    def __init__(self) -> None:
        self.orders: dict[int, OrderRow] = {}
        self.requests: dict[int, RequestRow] = {}
        self.positions: dict[PositionKey, PositionRow] = {}
        self.sessions: dict[str, SessionRow] = {}
        self.trading_states: dict[str, TradingStateRow] = {}
        self.reference_prices: dict[str, ReferencePriceRow] = {}
        self.instruments: dict[str, InstrumentRow] = {}
        self.rates: dict[tuple[str, str], RateRow] = {}
        self.limits: dict[str, LimitRow] = {}
        self.limit_changes: list[LimitChangeRow] = []
        self.open_limit_changes: list[LimitChangeRow] = []
        """Those of the change whose last part has not come yet, loaded or new."""
        self.effective_limit_changes: set[tuple[int, int]] = set()
        self.position_charges: dict[tuple[str, str, str, str], PositionChargesRow] = {}
        self.charges: dict[int, list[ChargeRow]] = {}
        self.new_charges: list[ChargeRow] = []
        self.ended_charges: dict[tuple[int, int], int] = {}
        self.trades: dict[int, list[ExecutionRow]] = {}
        self.events: list[EventRow] = []
        self.executions: list[ExecutionRow] = []
        self.orphans: list[OrphanRow] = []
        self.denials: list[DenialRow] = []
        self.ended_trades: dict[int, int] = {}
        self._requests_of: dict[int, list[RequestRow]] = {}
        self._new_orders: set[int] = set()
        self._new_requests: set[int] = set()
        self._changed_orders: set[int] = set()
        self._changed_requests: set[int] = set()

    def load_orders(self, connection: sa.Connection, order_ids: Collection[int]) -> None:
        for row in _select(connection, tables.orders, tables.orders.c.order_id, order_ids):
            self.orders[row["order_id"]] = cast(OrderRow, row)

    def load_requests(self, connection: sa.Connection, request_ids: Collection[int]) -> None:
        for row in _select(connection, tables.requests, tables.requests.c.request_id, request_ids):
            self._take_request(cast(RequestRow, row))

    def load_pending_requests_of(self, connection: sa.Connection, order_ids: Collection[int]) -> None:
        table = tables.requests
        for row in _select(connection, table, table.c.order_id, order_ids, table.c.state == "PENDING"):
            self._take_request(cast(RequestRow, row))

    def _take_request(self, row: RequestRow) -> None:
        # A request may be loaded by its own id and by its order's; both must lead to one and the same row.
        if row["request_id"] in self.requests:
            return
        self.requests[row["request_id"]] = row
        if row["order_id"] is not None:
            self._requests_of.setdefault(row["order_id"], []).append(row)

    def has_pending(self, order_id: int) -> bool:
        order = self.orders[order_id]
        return order["pending_replaces"] > 0 or order["pending_cancels"] > 0

    def requests_of(self, order_id: int) -> Collection[RequestRow]:
        """The order's requests that were loaded or added: at least those that wait for an answer."""
        return self._requests_of.get(order_id, ())

    def load_trades_of(self, connection: sa.Connection, order_ids: Collection[int]) -> None:
        """Load every trade of some orders, oldest first: what corrections and cancels of trades refer to."""
        table = tables.executions
        trade = table.c.exec_type.in_(TRADE_TYPES)
        for row in _select(connection, table, table.c.order_id, order_ids, trade, order_by=table.c.lsn):
            self.trades.setdefault(row["order_id"], []).append(cast(ExecutionRow, row))

    def load_positions(self, connection: sa.Connection, keys: Collection[PositionKey]) -> None:
        table = tables.positions
        columns = sa.tuple_(table.c.account, table.c.strategy, table.c.instrument)
        for row in _select(connection, table, columns, keys):
            self.positions[row["account"], row["strategy"], row["instrument"]] = cast(PositionRow, row)

    def load_position_charges(self, connection: sa.Connection, keys: Collection[PositionKey]) -> None:
        table = tables.position_charges
        columns = sa.tuple_(table.c.account, table.c.strategy, table.c.instrument)
        for row in _select(connection, table, columns, keys):
            place = row["account"], row["strategy"], row["instrument"], row["currency"]
            self.position_charges[place] = cast(PositionChargesRow, row)

    def load_open_limit_changes(self, connection: sa.Connection, version: int) -> None:
        """Load the earlier parts of a change that goes on."""
        table = tables.limit_changes
        begins = (
            sa.select(sa.func.max(table.c.lsn))
            .where(table.c.version == version, table.c.part <= 1)
            .scalar_subquery()
        )
        statement = (
            sa.select(table)
            .where(table.c.version == version, table.c.lsn >= begins)
            .order_by(table.c.lsn, table.c.ordinal)
        )
        for row in connection.execute(statement).mappings():
            self.open_limit_changes.append(cast(LimitChangeRow, dict(row)))

    def load_charges_of(self, connection: sa.Connection, order_ids: Collection[int]) -> None:
        """Load the live charges of some orders: what cancels and corrections of trades take back."""
        table = tables.charges
        for row in _select(connection, table, table.c.order_id, order_ids, table.c.is_live):
            self.charges.setdefault(row["order_id"], []).append(cast(ChargeRow, row))

    def add_charge(self, row: ChargeRow) -> None:
        self.new_charges.append(row)
        if row["order_id"] is not None:
            self.charges.setdefault(row["order_id"], []).append(row)

    def end_charge(self, row: ChargeRow, by_lsn: int) -> None:
        row["is_live"] = False
        row["ended_by_lsn"] = by_lsn
        self.ended_charges[row["lsn"], row["ordinal"]] = by_lsn

    def load_sessions(self, connection: sa.Connection, names: Collection[str]) -> None:
        for row in _select(connection, tables.sessions, tables.sessions.c.session, names):
            self.sessions[row["session"]] = cast(SessionRow, row)

    def add_order(self, row: OrderRow) -> None:
        self.orders[row["order_id"]] = row
        self._new_orders.add(row["order_id"])

    def change_order(self, row: OrderRow) -> None:
        self._changed_orders.add(row["order_id"])

    def add_request(self, row: RequestRow) -> None:
        self._take_request(row)
        self._new_requests.add(row["request_id"])

    def change_request(self, row: RequestRow) -> None:
        self._changed_requests.add(row["request_id"])

    def add_execution(self, row: ExecutionRow) -> None:
        self.executions.append(row)
        if row["exec_type"] in TRADE_TYPES:
            self.trades.setdefault(row["order_id"], []).append(row)

    def end_trade(self, row: ExecutionRow, by_lsn: int) -> None:
        row["is_live"] = False
        row["ended_by_lsn"] = by_lsn
        self.ended_trades[row["lsn"]] = by_lsn

    def write(self, connection: sa.Connection) -> None:
        """Write every row. An event or execution that is there already is an error: it would count twice."""
        _insert(connection, tables.events, self.events)
        _insert(connection, tables.orders, [self.orders[i] for i in sorted(self._new_orders)])
        _update(
            connection,
            tables.orders,
            [self.orders[i] for i in sorted(self._changed_orders - self._new_orders)],
        )
        _insert(connection, tables.requests, [self.requests[i] for i in sorted(self._new_requests)])
        _update(
            connection,
            tables.requests,
            [self.requests[i] for i in sorted(self._changed_requests - self._new_requests)],
        )
        inserted = {row["lsn"] for row in self.executions}
        _insert(connection, tables.executions, self.executions)
        _end_trades(connection, {lsn: by for lsn, by in self.ended_trades.items() if lsn not in inserted})
        _insert(connection, tables.charges, self.new_charges)
        fresh = {(row["lsn"], row["ordinal"]) for row in self.new_charges}
        _end_charges(connection, {key: by for key, by in self.ended_charges.items() if key not in fresh})
        _insert(connection, tables.orphans, self.orphans)
        _insert(connection, tables.denials, self.denials)
        _upsert(connection, tables.positions, list(self.positions.values()))
        _upsert(connection, tables.sessions, list(self.sessions.values()))
        _upsert(connection, tables.trading_states, list(self.trading_states.values()))
        _upsert(connection, tables.reference_prices, list(self.reference_prices.values()))
        _upsert(connection, tables.position_charges, list(self.position_charges.values()))
        _upsert(connection, tables.instruments, list(self.instruments.values()))
        _upsert(connection, tables.rates, list(self.rates.values()))
        _insert(connection, tables.limit_changes, self.limit_changes)
        made = {(row["lsn"], row["ordinal"]) for row in self.limit_changes}
        _make_effective(connection, self.effective_limit_changes - made)
        _upsert(connection, tables.limits, list(self.limits.values()))


def _select(
    connection: sa.Connection,
    table: sa.Table,
    key: Any,
    keys: Collection[Any],
    *conditions: sa.ColumnElement[bool],
    order_by: sa.ColumnElement[Any] | None = None,
) -> Iterator[dict[str, Any]]:
    remaining = iter(sorted(keys))
    while chunk := list(islice(remaining, KEYS_MAX)):
        statement = sa.select(table).where(key.in_(chunk), *conditions)
        if order_by is not None:
            statement = statement.order_by(order_by)
        for row in connection.execute(statement).mappings():
            yield dict(row)


def _parameters(rows: Rows) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", rows)


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), _parameters(rows))


def _update(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    keys = {column.name for column in table.primary_key}
    statement = (
        sa.update(table)
        .where(*(table.c[key] == sa.bindparam(f"key_{key}") for key in sorted(keys)))
        .values({name: sa.bindparam(name) for name in rows[0] if name not in keys})
    )
    connection.execute(
        statement,
        [{f"key_{name}" if name in keys else name: value for name, value in row.items()} for row in rows],
    )


def _end_trades(connection: sa.Connection, ended: Mapping[int, int]) -> None:
    if not ended:
        return
    table = tables.executions
    statement = (
        sa.update(table)
        .where(table.c.lsn == sa.bindparam("key_lsn"))
        .values(is_live=False, ended_by_lsn=sa.bindparam("by_lsn"))
    )
    connection.execute(statement, [{"key_lsn": lsn, "by_lsn": by} for lsn, by in sorted(ended.items())])


def _end_charges(connection: sa.Connection, ended: Mapping[tuple[int, int], int]) -> None:
    if not ended:
        return
    table = tables.charges
    statement = (
        sa.update(table)
        .where(table.c.lsn == sa.bindparam("key_lsn"), table.c.ordinal == sa.bindparam("key_ordinal"))
        .values(is_live=False, ended_by_lsn=sa.bindparam("by_lsn"))
    )
    connection.execute(
        statement,
        [
            {"key_lsn": lsn, "key_ordinal": ordinal, "by_lsn": by}
            for (lsn, ordinal), by in sorted(ended.items())
        ],
    )


def _make_effective(connection: sa.Connection, changes: Collection[tuple[int, int]]) -> None:
    if not changes:
        return
    table = tables.limit_changes
    statement = (
        sa.update(table)
        .where(table.c.lsn == sa.bindparam("key_lsn"), table.c.ordinal == sa.bindparam("key_ordinal"))
        .values(is_effective=True)
    )
    connection.execute(
        statement, [{"key_lsn": lsn, "key_ordinal": ordinal} for lsn, ordinal in sorted(changes)]
    )


def _upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    insert = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    values = {
        column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys
    }
    statement = insert.on_conflict_do_update(index_elements=keys, set_=values)
    connection.execute(statement, _parameters(rows))
