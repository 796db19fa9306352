"""Books commission and fees: with their trade, taken back by its cancel, replaced where its correction names others.

A charge belongs to the trade as it was first reported, whatever corrected it since.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from gateway.store.columns import EXACT
from gateway.store.decode import CHARGE_KINDS, name_text, number, time_ns
from gateway.store.rows import ChargeRow, ExecutionRow, PositionChargesRow
from gateway.store.working_set import PositionKey, WorkingSet
from gateway.v1 import events_pb2, types_pb2

__all__ = ["adjust_charges", "book_charges"]

ZERO = Decimal(0)


def book_charges(
    rows: WorkingSet, event: events_pb2.Event, execution: ExecutionRow, trade_lsn: int | None
) -> None:
    """Book what a report cost, and take back what it ends. `trade_lsn`: as of apply_trade."""
    body = event.execution_reported
    ends = execution["exec_type"] == "TRADE_CANCEL" or body.charges_restated
    key = execution["account"], execution["strategy"], execution["instrument"]
    if ends and trade_lsn is not None:
        for row in rows.charges.get(execution["order_id"], []):
            if row["is_live"] and row["trade_lsn"] == trade_lsn:
                _add(rows, key, row, -row["amount"], event)
                rows.end_charge(row, event.lsn)
    _book(rows, event, key, body.charges, execution["order_id"], trade_lsn)


def adjust_charges(rows: WorkingSet, event: events_pb2.Event) -> None:
    """Begin anew at the start of the day; book what an operator names."""
    body = event.position_adjusted
    key = name_text(body.account), name_text(body.strategy), name_text(body.instrument)
    if body.kind == events_pb2.POSITION_ADJUSTMENT_KIND_START_OF_DAY:
        for (*position, _), sums in rows.position_charges.items():
            if tuple(position) == key:
                sums["commission"] = sums["fees"] = ZERO
                sums["updated_ns"] = time_ns(event.time)
                sums["lsn"] = event.lsn
    _book(rows, event, key, body.charges, None, None)


def _book(
    rows: WorkingSet,
    event: events_pb2.Event,
    key: PositionKey,
    charges: Iterable[types_pb2.Charge],
    order_id: int | None,
    trade_lsn: int | None,
) -> None:
    for ordinal, charge in enumerate(charges):
        amount = number(charge.amount, f"amount of the event at lsn {event.lsn}") or ZERO
        row: ChargeRow = {
            "lsn": event.lsn,
            "ordinal": ordinal,
            "time_ns": time_ns(event.time),
            "order_id": order_id,
            "trade_lsn": trade_lsn,
            "account": key[0],
            "strategy": key[1],
            "instrument": key[2],
            "kind": CHARGE_KINDS[charge.kind],
            "amount": amount,
            "currency": name_text(charge.currency),
            "type": name_text(charge.type),
            "is_live": True,
            "ended_by_lsn": None,
        }
        rows.add_charge(row)
        _add(rows, key, row, amount, event)


def _add(
    rows: WorkingSet, key: PositionKey, charge: ChargeRow, amount: Decimal, event: events_pb2.Event
) -> None:
    place = (*key, charge["currency"])
    sums = rows.position_charges.get(place)
    if sums is None:
        sums = rows.position_charges[place] = _no_charges(key, charge["currency"])
    if charge["kind"] == "COMMISSION":
        sums["commission"] = EXACT.add(sums["commission"], amount)
    else:
        sums["fees"] = EXACT.add(sums["fees"], amount)
    sums["updated_ns"] = time_ns(event.time)
    sums["lsn"] = event.lsn


def _no_charges(key: PositionKey, currency: str) -> PositionChargesRow:
    return {
        "account": key[0],
        "strategy": key[1],
        "instrument": key[2],
        "currency": currency,
        "commission": ZERO,
        "fees": ZERO,
        "updated_ns": 0,
        "lsn": 0,
    }
