"""What becomes of an order's requests, and the status that the order shows meanwhile: as the core has it.

The core's own tables are gateway/core/order/request_table.hpp and status_of() in order.cpp; what is here
follows them, because the events name the outcome of a request but not the state it leads to.
"""

from __future__ import annotations

from decimal import Decimal

from gateway.store.rows import OrderRow, RequestRow
from gateway.store.working_set import WorkingSet

__all__ = ["add_pending_request", "end_pending_requests", "is_open", "settle", "shown_status"]

# An order lives while its execution is in one of these, whatever requests are under way.
OPEN_STATES = frozenset({"PENDING_NEW", "NEW", "PARTIALLY_FILLED", "STOPPED", "SUSPENDED"})
GOOD_TILL = frozenset({"GTC", "GTD"})

# From a state, by what happened, to the next state. Late words of the venue are better evidence than our
# conclusion.
NEXT_STATE = {
    ("PENDING", "ACCEPTED"): "ACCEPTED",
    ("PENDING", "REJECTED"): "REJECTED",
    ("PENDING", "MOOT"): "MOOT",
    ("PENDING", "NOT_SENT"): "NOT_SENT",
    ("MOOT", "ACCEPTED"): "ACCEPTED",
    ("MOOT", "REJECTED"): "REJECTED",
    ("NOT_SENT", "ACCEPTED"): "ACCEPTED",
    ("NOT_SENT", "REJECTED"): "REJECTED",
}


def add_pending_request(rows: WorkingSet, request: RequestRow, order: OrderRow) -> None:
    """Note a request that was sent."""
    rows.add_request(request)
    if request["kind"] == "REPLACE":
        order["pending_replaces"] += 1
    elif request["kind"] == "CANCEL":
        order["pending_cancels"] += 1


def settle(rows: WorkingSet, request: RequestRow, order: OrderRow, outcome: str) -> None:
    """Move a request on; an outcome that its state does not know changes nothing."""
    following = NEXT_STATE.get((request["state"], outcome))
    if following is None:
        return
    if request["state"] == "PENDING":
        if request["kind"] == "REPLACE":
            order["pending_replaces"] -= 1
        elif request["kind"] == "CANCEL":
            order["pending_cancels"] -= 1
    request["state"] = following
    rows.change_request(request)


def end_pending_requests(
    rows: WorkingSet, order: OrderRow, at_ns: int, lsn: int, *, all_of_them: bool = False
) -> None:
    """Note that the order has ended and its replaces and cancels find nothing to act on any more.

    A replace that would open a filled order again stays, unless `all_of_them` end.
    """
    if not order["pending_replaces"] and not order["pending_cancels"]:
        return
    filled = order["execution_state"] == "FILLED" and not all_of_them
    for request in rows.requests_of(order["order_id"]):
        if request["state"] == "PENDING" and request["kind"] != "NEW":
            asks_for = request["quantity"] or Decimal(0)
            if filled and request["kind"] == "REPLACE" and asks_for > order["cum_quantity"]:
                continue  # the venue may open the order again by it
            settle(rows, request, order, "MOOT")
            request["updated_ns"] = at_ns
            request["lsn"] = lsn


def is_open(order: OrderRow) -> bool:
    """Whether the venue may still trade the order: Order::open() of the core."""
    state = order["execution_state"]
    if state in OPEN_STATES:
        return True
    if state == "DONE_FOR_DAY":
        return order["time_in_force"] in GOOD_TILL
    if state == "CALCULATED":
        quantity = order["quantity"]
        return (
            order["time_in_force"] in GOOD_TILL and quantity is not None and order["cum_quantity"] < quantity
        )
    return state == "FILLED" and order["pending_replaces"] > 0


def shown_status(order: OrderRow, *, is_unknown: bool) -> str:
    """Derive OrdStatus(39): an unknown outcome stands over pending requests, and these over the execution
    state.
    """
    if is_unknown and order["is_open"]:
        return "UNKNOWN"
    if order["is_open"]:
        if order["pending_cancels"]:
            return "PENDING_CANCEL"
        if order["pending_replaces"]:
            return "PENDING_REPLACE"
    return order["execution_state"]
