"""The comparison finds every kind of difference: what the demo and the tests of kills rely on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.client import (
    ExecType,
    ExecutionReported,
    Order,
    OrderAccepted,
    OrderStatus,
    OrderType,
    Position,
    Side,
    TimeInForce,
)
from ops.demo.comparison import compare
from ops.demo.record import Record

TERMS: dict[str, Any] = {
    "account": "DEMO",
    "strategy": "demo",
    "instrument": "AAPL",
    "venue": "VENUE",
    "side": Side.BUY,
}
ORDER = Order(
    order_id=1,
    client_order_id="mine",
    client="demo",
    order_type=OrderType.LIMIT,
    time_in_force=TimeInForce.DAY,
    status=OrderStatus.CANCELED,
    quantity=Decimal(10),
    price=Decimal(190),
    cum_quantity=Decimal(4),
    leaves_quantity=Decimal(0),
    average_price=Decimal(190),
    cl_ord_id="C1",
    venue_order_id="V1",
    created_at_ns=1,
    updated_at_ns=3,
    denial=None,
    lsn=3,
    pending_requests=0,
    **TERMS,
)
POSITION = Position(
    account="DEMO",
    strategy="demo",
    instrument="AAPL",
    net_quantity=Decimal(4),
    bought_quantity=Decimal(4),
    sold_quantity=Decimal(0),
    average_price=Decimal(190),
    realized_profit=Decimal(0),
    open_buy_quantity=Decimal(0),
    open_sell_quantity=Decimal(0),
)
ACCEPTED = OrderAccepted(
    lsn=1,
    time_ns=1,
    order_id=1,
    client_order_id="mine",
    cl_ord_id="C1",
    client="demo",
    order_type=OrderType.LIMIT,
    time_in_force=TimeInForce.DAY,
    quantity=Decimal(10),
    price=Decimal(190),
    request_id=1,
    content_hash=1,
    **TERMS,
)
TRADE = ExecutionReported(
    lsn=2,
    time_ns=2,
    order_id=1,
    cl_ord_id="C1",
    exec_id="E1",
    exec_type=ExecType.TRADE,
    venue_order_id="V1",
    last_quantity=Decimal(4),
    last_price=Decimal(190),
    status=OrderStatus.PARTIALLY_FILLED,
    quantity=Decimal(10),
    price=Decimal(190),
    cum_quantity=Decimal(4),
    leaves_quantity=Decimal(6),
    average_price=Decimal(190),
    reject_reason=0,
    text="",
    request_id=0,
    client_order_id="mine",
    transact_time_ns=2,
    execution_state=OrderStatus.PARTIALLY_FILLED,
    cum_quantity_differs=False,
    exec_ref_id="",
    **TERMS,
)
LEDGER: dict[str, Any] = {
    "orders": [
        {
            "comp_id": "GATEWAY",
            "cl_ord_ids": ["C1", "C2"],
            "cum_quantity": "4",
            "open": False,
            "status": "CANCELED",
        }
    ],
    "trades": [
        {
            "symbol": "AAPL",
            "quantity": "4",
            "price": "190",
            "buy": {"comp_id": "GATEWAY", "cl_ord_id": "C1", "exec_id": "E1"},
            "sell": {"comp_id": "~maker", "cl_ord_id": "", "exec_id": None},
        }
    ],
    "positions": [{"comp_id": "GATEWAY", "account": "DEMO", "symbol": "AAPL", "bought": "4", "sold": "0"}],
    "new_order_arrivals": {"GATEWAY": {"C1": 1}},
    "imbalances": {},
}


def record_of(*events: OrderAccepted | ExecutionReported) -> Record:
    record = Record()
    for event in events:
        record.apply(event)
    return record


def test_books_that_agree_have_no_difference() -> None:
    found = compare([ORDER], [POSITION], record_of(ACCEPTED, TRADE), LEDGER)
    assert found.differences == []
    assert (found.gateway_orders, found.venue_orders, found.twice) == (1, 1, 0)
    assert (found.gateway_fills, found.venue_fills) == (1, 1)
    assert [row.agrees for row in found.rows] == [True]


def arrived_twice(ledger: dict[str, Any]) -> None:
    ledger["new_order_arrivals"]["GATEWAY"]["C1"] = 2


def arrived_from_nowhere(ledger: dict[str, Any]) -> None:
    ledger["new_order_arrivals"]["GATEWAY"]["C9"] = 1


def never_arrived(ledger: dict[str, Any]) -> None:
    ledger["new_order_arrivals"]["GATEWAY"].clear()


def another_fill(ledger: dict[str, Any]) -> None:
    trade = copy.deepcopy(ledger["trades"][0])
    trade["buy"]["exec_id"] = "E2"
    ledger["trades"].append(trade)


def another_price(ledger: dict[str, Any]) -> None:
    ledger["trades"][0]["price"] = "191"


def another_position(ledger: dict[str, Any]) -> None:
    ledger["positions"][0]["bought"] = "5"


def still_open(ledger: dict[str, Any]) -> None:
    ledger["orders"][0]["open"] = True


def filled_further(ledger: dict[str, Any]) -> None:
    ledger["orders"][0]["cum_quantity"] = "5"


def one_order_twice(ledger: dict[str, Any]) -> None:
    ledger["orders"].append(copy.deepcopy(ledger["orders"][0]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (arrived_twice, "C1 reached the venue 2 times"),
        (arrived_from_nowhere, "C9 reached the venue, no event tells of it"),
        (never_arrived, "C1 was sent and never reached the venue"),
        (another_fill, "execution E2 of the venue was never received"),
        (another_price, "execution E1 is "),
        (another_position, "AAPL: the gateway bought 4 and sold 0, the venue says 5 and 0"),
        (still_open, "ended here (CANCELED); filled 4, open at the venue"),
        (filled_further, "filled 4, ended here (CANCELED); filled 5"),
        (one_order_twice, "are both mine"),
    ],
)
def test_difference_of_the_venue_is_told(change: Callable[[dict[str, Any]], None], told: str) -> None:
    ledger = copy.deepcopy(LEDGER)
    change(ledger)
    found = compare([ORDER], [POSITION], record_of(ACCEPTED, TRADE), ledger)
    assert any(told in difference for difference in found.differences), found.differences


def test_event_that_comes_twice_is_told() -> None:
    found = compare([ORDER], [POSITION], record_of(ACCEPTED, TRADE, TRADE), LEDGER)
    assert any("came after event 2" in difference for difference in found.differences)


def test_execution_that_comes_in_two_events_is_told() -> None:
    again = replace(TRADE, lsn=3)
    found = compare([ORDER], [POSITION], record_of(ACCEPTED, TRADE, again), LEDGER)
    assert any("execution E1 came twice" in difference for difference in found.differences)


def test_fill_that_no_event_told_of_is_told() -> None:
    found = compare([ORDER], [POSITION], record_of(ACCEPTED), LEDGER)
    assert "AAPL: the gateway's net is 4, the events give 0" in found.differences


def test_order_that_is_unknown_at_the_end_is_told() -> None:
    unknown = replace(ORDER, status=OrderStatus.UNKNOWN)
    found = compare([unknown], [POSITION], record_of(ACCEPTED, TRADE), LEDGER)
    assert "order mine is UNKNOWN" in found.differences
