"""Works out which rows a batch of events speaks of, and loads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from gateway.store.decode import name_text
from gateway.store.working_set import PositionKey, WorkingSet
from gateway.v1 import events_pb2, types_pb2

__all__ = ["load_working_set"]

ORDER_KINDS = frozenset(
    {
        "replace_requested",
        "cancel_requested",
        "request_denied",
        "execution_reported",
        "request_rejected",
        "order_uncertain",
        "order_not_sent",
        "order_released",
        "order_resolved",
        "held_order_ended",
    }
)
ANSWER_KINDS = frozenset({"execution_reported", "request_rejected", "order_not_sent"})
SESSION_KINDS = frozenset({"session_changed", "sequence_changed"})
TRADES = frozenset(
    {types_pb2.EXEC_TYPE_TRADE, types_pb2.EXEC_TYPE_TRADE_CORRECT, types_pb2.EXEC_TYPE_TRADE_CANCEL}
)


def load_working_set(connection: sa.Connection, events: Iterable[events_pb2.Event]) -> WorkingSet:
    """Load every row that folding these events needs."""
    made: dict[int, PositionKey] = {}
    orders: set[int] = set()
    requests: set[int] = set()
    sessions: set[str] = set()
    traded: set[int] = set()
    changed_trades: set[int] = set()
    answered: set[int] = set()
    keys: set[PositionKey] = set()
    limits_version = 0
    first_limits = True
    for event in events:
        kind = event.WhichOneof("body")
        if kind == "order_accepted" and event.order_accepted.link_id:  # its link made it
            orders.add(event.order_accepted.order_id)
            requests.add(event.order_accepted.request_id)
        elif kind in ("order_accepted", "external_order_adopted"):
            accepted = getattr(event, kind)
            made[accepted.order_id] = _position_key(accepted)
        elif kind == "link_accepted":
            made.update((order.order_id, _position_key(order)) for order in event.link_accepted.orders)
        elif kind in ORDER_KINDS:
            body = getattr(event, kind)
            orders.add(body.order_id)
            if kind in ANSWER_KINDS:
                requests.add(body.request_id)
                answered.add(body.order_id)
            if kind == "order_resolved":
                answered.add(body.order_id)
            if kind == "execution_reported" and body.charges:
                traded.add(body.order_id)
            if kind == "execution_reported" and body.exec_type in TRADES:
                traded.add(body.order_id)
                if body.exec_type != types_pb2.EXEC_TYPE_TRADE or body.replaces_exec_id:
                    changed_trades.add(body.order_id)
        elif kind == "position_adjusted":
            adjusted = event.position_adjusted
            keys.add(
                (name_text(adjusted.account), name_text(adjusted.strategy), name_text(adjusted.instrument))
            )
        elif kind == "limits_changed":
            if first_limits and event.limits_changed.part > 1:
                limits_version = event.limits_changed.version
            first_limits = False
        elif kind in SESSION_KINDS:
            sessions.add(name_text(getattr(event, kind).session))

    rows = WorkingSet()
    rows.load_orders(connection, orders - made.keys() - {0})
    rows.load_requests(connection, requests - {0})
    rows.load_pending_requests_of(
        connection, [i for i in answered & rows.orders.keys() if rows.has_pending(i)]
    )
    rows.load_trades_of(connection, changed_trades)
    keys |= _position_keys(traded, made, rows)
    rows.load_positions(connection, keys)
    rows.load_position_charges(connection, keys)
    rows.load_charges_of(connection, changed_trades)
    rows.load_sessions(connection, sessions)
    if limits_version:
        rows.load_open_limit_changes(connection, limits_version)
    return rows


def _position_key(order: events_pb2.OrderAccepted | events_pb2.ExternalOrderAdopted) -> PositionKey:
    return name_text(order.account), name_text(order.strategy), name_text(order.instrument)


def _position_keys(
    traded: Iterable[int], made: Mapping[int, PositionKey], rows: WorkingSet
) -> set[PositionKey]:
    keys: set[PositionKey] = set()
    for order_id in traded:
        if order_id in made:
            keys.add(made[order_id])
        elif (order := rows.orders.get(order_id)) is not None:
            keys.add((order["account"], order["strategy"], order["instrument"]))
    return keys
