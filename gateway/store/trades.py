"""Books trades, their corrections and their cancels into positions.

A position is the sum of the trades that are live. Cancelling a trade takes exactly its quantity and money out
again, correcting it puts others in their place; so the sum does not hang on the order in which the venue told
of them.
"""

from __future__ import annotations

from decimal import Decimal

from gateway.store.columns import EXACT
from gateway.store.decode import name_text, number, time_ns
from gateway.store.new_rows import flat_position_row
from gateway.store.rows import ExecutionRow, PositionRow
from gateway.store.working_set import TRADE_TYPES, WorkingSet
from gateway.v1 import events_pb2

__all__ = ["adjust_position", "apply_trade"]

ZERO = Decimal(0)


def apply_trade(rows: WorkingSet, execution: ExecutionRow) -> tuple[Decimal, int | None]:
    """Book a report where it is a trade, its correction or its cancel.

    By how much the order's traded quantity changes; and the lsn of the trade that it is, or corrects or cancels, by
    way of earlier corrections too; None where it is none of these.
    """
    if execution["exec_type"] not in TRADE_TYPES:
        return ZERO, None
    change = ZERO
    trade_lsn: int | None = execution["lsn"] if execution["is_live"] else None
    # A trade that names another takes the place of one that was inferred for it.
    if execution["exec_ref_id"]:
        ended = _live_trade(rows, execution)
        if ended is not None:
            if execution["exec_type"] != "TRADE":
                trade_lsn = _first(rows, ended)
            rows.end_trade(ended, execution["lsn"])
            change = EXACT.subtract(change, _book(rows, ended, execution, -1))
    if execution["is_live"]:
        change = EXACT.add(change, _book(rows, execution, execution, 1))
    return change, trade_lsn


def _first(rows: WorkingSet, trade: ExecutionRow) -> int:
    """Find the trade that a correction, or a correction of one, stands for."""
    ended_by = {each["ended_by_lsn"]: each["lsn"] for each in rows.trades.get(trade["order_id"], [])}
    lsn = trade["lsn"]
    while lsn in ended_by:
        lsn = ended_by[lsn]
    return lsn


def adjust_position(rows: WorkingSet, event: events_pb2.Event) -> None:
    """Set a position at the start of the day, or add what an operator has corrected."""
    body = event.position_adjusted
    key = name_text(body.account), name_text(body.strategy), name_text(body.instrument)
    position = rows.positions.get(key)
    if position is None or body.kind == events_pb2.POSITION_ADJUSTMENT_KIND_START_OF_DAY:
        position = rows.positions[key] = flat_position_row(*key)
    if body.kind == events_pb2.POSITION_ADJUSTMENT_KIND_SPLIT:
        _split(position, event)
        return
    quantity = number(body.quantity, f"quantity of the event at lsn {event.lsn}") or ZERO
    price = number(body.price, f"price of the event at lsn {event.lsn}") or ZERO
    side = "bought" if quantity > 0 else "sold"
    amount = abs(quantity)
    money = EXACT.multiply(amount, price)
    if side == "bought":
        position["bought_quantity"] = EXACT.add(position["bought_quantity"], amount)
        position["bought_money"] = EXACT.add(position["bought_money"], money)
    else:
        position["sold_quantity"] = EXACT.add(position["sold_quantity"], amount)
        position["sold_money"] = EXACT.add(position["sold_money"], money)
    position["net_quantity"] = EXACT.subtract(position["bought_quantity"], position["sold_quantity"])
    position["updated_ns"] = time_ns(event.time)
    position["lsn"] = event.lsn


def _split(position: PositionRow, event: events_pb2.Event) -> None:
    """Multiply quantities as the core does: towards zero at its last place. Money stays."""
    body = event.position_adjusted
    new = number(body.new_units, f"new_units of the event at lsn {event.lsn}") or ZERO
    old = number(body.old_units, f"old_units of the event at lsn {event.lsn}")
    if not old:
        raise ValueError(f"expected old_units at lsn {event.lsn}, were none; run `gateway journal verify`")

    def split(quantity: Decimal) -> Decimal:
        units = EXACT.multiply(quantity, new).scaleb(16).to_integral_value()
        parts = int(old.scaleb(8))
        whole = abs(int(units)) // parts
        return Decimal(whole if units >= 0 else -whole).scaleb(-8)

    net = split(position["net_quantity"])
    position["bought_quantity"] = split(position["bought_quantity"])
    position["net_quantity"] = net
    position["sold_quantity"] = EXACT.subtract(position["bought_quantity"], net)
    position["updated_ns"] = time_ns(event.time)
    position["lsn"] = event.lsn


def _live_trade(rows: WorkingSet, execution: ExecutionRow) -> ExecutionRow | None:
    """Find the trade that ExecRefID(19) names, or the correction that has taken its place since."""
    trades = rows.trades.get(execution["order_id"], [])
    by_lsn = {trade["lsn"]: trade for trade in trades}
    for named in reversed(trades):
        # A correction that came before its trade stands under the trade's id.
        corrects = named["exec_type"] == "TRADE_CORRECT" and named["exec_ref_id"] == execution["exec_ref_id"]
        if named["exec_id"] != execution["exec_ref_id"] and not corrects:
            continue
        newest: ExecutionRow | None = named
        while newest is not None and not newest["is_live"] and newest["ended_by_lsn"] is not None:
            newest = by_lsn.get(newest["ended_by_lsn"])
        if newest is not None and newest["is_live"]:
            return newest
    return None


def _book(rows: WorkingSet, trade: ExecutionRow, report: ExecutionRow, sign: int) -> Decimal:
    quantity = trade["last_quantity"] or ZERO
    money = EXACT.multiply(quantity, trade["last_price"] or ZERO)
    key = trade["account"], trade["strategy"], trade["instrument"]
    position = rows.positions.get(key)
    if position is None:
        position = rows.positions[key] = flat_position_row(*key)
    if trade["side"] == "BUY":
        position["bought_quantity"] = EXACT.add(position["bought_quantity"], sign * quantity)
        position["bought_money"] = EXACT.add(position["bought_money"], EXACT.multiply(sign, money))
    else:
        position["sold_quantity"] = EXACT.add(position["sold_quantity"], sign * quantity)
        position["sold_money"] = EXACT.add(position["sold_money"], EXACT.multiply(sign, money))
    position["net_quantity"] = EXACT.subtract(position["bought_quantity"], position["sold_quantity"])
    position["updated_ns"] = report["time_ns"]
    position["lsn"] = report["lsn"]
    return quantity
