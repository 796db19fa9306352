"""Makes rows from events: one function a table."""

from __future__ import annotations

from decimal import Decimal

from gateway.store import decode
from gateway.store.decode import full_text, name_text, number, time_ns
from gateway.store.order_terms import no_terms, terms_of
from gateway.store.rows import (
    DenialRow,
    ExecutionRow,
    OrderRow,
    OrphanRow,
    PositionRow,
    RequestRow,
    SessionRow,
    TermsRow,
)
from gateway.v1 import events_pb2, types_pb2

__all__ = [
    "denial_row",
    "execution_row",
    "external_order_row",
    "flat_position_row",
    "order_row",
    "orphan_row",
    "request_row",
    "silent_session_row",
]

ZERO = Decimal(0)


def order_row(
    event: events_pb2.Event, body: events_pb2.OrderAccepted | events_pb2.OrderDenied, status: str
) -> OrderRow:
    """Make an order that has just been accepted (PENDING_NEW) or denied (DENIED)."""
    at_ns = time_ns(event.time)
    quantity = number(body.quantity, f"quantity of the event at lsn {event.lsn}")
    accepted = status == "PENDING_NEW"
    return {
        "order_id": body.order_id,
        "client": name_text(body.client),
        "client_order_id": name_text(body.client_order_id),
        "account": name_text(body.account),
        "strategy": name_text(body.strategy),
        "instrument": name_text(body.instrument),
        "venue": name_text(body.venue),
        "side": decode.SIDES[body.side],
        "order_type": decode.ORDER_TYPES[body.order_type],
        "time_in_force": decode.TIMES_IN_FORCE[body.time_in_force],
        "status": status,
        "execution_state": status,
        "is_open": accepted,
        "quantity": quantity,
        "price": number(body.price, f"price of the event at lsn {event.lsn}"),
        "cum_quantity": ZERO,
        "leaves_quantity": quantity if accepted and quantity is not None else ZERO,
        "average_price": None,
        "pending_replaces": 0,
        "pending_cancels": 0,
        "cl_ord_id": "",
        "venue_order_id": "",
        "denial_code": "",
        "reason": "",
        "created_ns": at_ns,
        "updated_ns": at_ns,
        "created_lsn": event.lsn,
        "lsn": event.lsn,
        **_terms(event, body),
    }


def _terms(event: events_pb2.Event, body: events_pb2.OrderAccepted | events_pb2.OrderDenied) -> TermsRow:
    has_terms = isinstance(body, events_pb2.OrderAccepted) and body.HasField("terms")
    return terms_of(body.terms, event.lsn) if has_terms else no_terms()  # type: ignore[union-attr]  # as just asked


def external_order_row(event: events_pb2.Event) -> OrderRow:
    """Make an order that was not made here and has just become known."""
    body = event.external_order_adopted
    like = events_pb2.OrderAccepted(
        order_id=body.order_id,
        client=body.client,
        client_order_id=body.cl_ord_id,
        account=body.account,
        strategy=body.strategy,
        instrument=body.instrument,
        venue=body.venue,
        side=body.side,
        order_type=body.order_type,
        quantity=body.quantity,
        price=body.price,
    )
    order = order_row(event, like, "PENDING_NEW")
    order["cl_ord_id"] = name_text(body.cl_ord_id)
    order["venue_order_id"] = name_text(body.venue_order_id)
    return order


def request_row(
    event: events_pb2.Event, kind: str, request_id: int, order: OrderRow | None, client_request_id: str
) -> RequestRow:
    """Make a request that waits for its answer; the caller fills in its terms."""
    at_ns = time_ns(event.time)
    return {
        "request_id": request_id,
        "order_id": order["order_id"] if order else None,
        "client": order["client"] if order else "",
        "kind": kind,
        "client_request_id": name_text(client_request_id),
        "cl_ord_id": "",
        "orig_cl_ord_id": "",
        "quantity": None,
        "price": None,
        "state": "PENDING",
        "denial_code": "",
        "reject_reason": 0,
        "reason": "",
        "created_ns": at_ns,
        "updated_ns": at_ns,
        "created_lsn": event.lsn,
        "lsn": event.lsn,
        **no_terms(),
    }


def denial_row(
    event: events_pb2.Event, denial: types_pb2.Denial, request: RequestRow, order: OrderRow | None
) -> DenialRow:
    """Make the record of a refusal by the gateway."""
    return {
        "lsn": event.lsn,
        "time_ns": time_ns(event.time),
        "kind": request["kind"],
        "client": request["client"],
        "order_id": request["order_id"],
        "request_id": request["request_id"],
        "client_request_id": request["client_request_id"],
        "account": order["account"] if order else "",
        "strategy": order["strategy"] if order else "",
        "instrument": order["instrument"] if order else "",
        "code": decode.DENIAL_CODES[denial.code],
        "limit_name": name_text(denial.limit_name),
        "level": name_text(denial.level),
        "observed": full_text(denial.observed),
        "allowed": full_text(denial.allowed),
    }


def execution_row(event: events_pb2.Event, order: OrderRow) -> ExecutionRow:
    """Make the record of a report by the venue on an order."""
    body = event.execution_reported
    where = f"of the event at lsn {event.lsn}"
    exec_type = decode.EXEC_TYPES[body.exec_type]
    return {
        "lsn": event.lsn,
        "time_ns": time_ns(event.time),
        "order_id": body.order_id,
        "request_id": body.request_id,
        "exec_id": name_text(body.exec_id),
        "exec_ref_id": name_text(body.replaces_exec_id if exec_type == "TRADE" else body.exec_ref_id),
        "exec_type": exec_type,
        "cl_ord_id": name_text(body.cl_ord_id),
        "venue_order_id": name_text(body.venue_order_id),
        "client": order["client"],
        "client_order_id": order["client_order_id"],
        "account": order["account"],
        "strategy": order["strategy"],
        "instrument": order["instrument"],
        "venue": order["venue"],
        "side": order["side"],
        "last_quantity": number(body.last_quantity, f"last_quantity {where}"),
        "last_price": number(body.last_price, f"last_price {where}"),
        "is_live": exec_type in ("TRADE", "TRADE_CORRECT") and not (body.busted_before or body.in_question),
        "ended_by_lsn": None,
        "status": decode.ORDER_STATUSES[body.status],
        "quantity": number(body.quantity, f"quantity {where}"),
        "price": number(body.price, f"price {where}"),
        "cum_quantity": number(body.cum_quantity, f"cum_quantity {where}") or ZERO,
        "leaves_quantity": number(body.leaves_quantity, f"leaves_quantity {where}") or ZERO,
        "average_price": number(body.average_price, f"average_price {where}"),
        "cum_quantity_differs": body.cum_quantity_differs,
        "reject_reason": body.reject_reason,
        "text": full_text(body.text),
        "transact_ns": time_ns(body.transact_time) if body.HasField("transact_time") else None,
        "drop_copy": name_text(body.drop_copy),
        "charges_incomplete": body.charges_incomplete,
    }


def orphan_row(event: events_pb2.Event) -> OrphanRow:
    """Make the record of a report that fits no order."""
    body = event.execution_orphaned
    return {
        "lsn": event.lsn,
        "time_ns": time_ns(event.time),
        "session": name_text(body.session),
        "cl_ord_id": name_text(body.cl_ord_id),
        "venue_order_id": name_text(body.venue_order_id),
        "exec_id": name_text(body.exec_id),
        "exec_type": decode.EXEC_TYPES[body.exec_type],
        "account": name_text(body.account),
        "instrument": name_text(body.instrument),
        "side": decode.SIDES[body.side],
        "last_quantity": number(body.last_quantity, f"last_quantity of the event at lsn {event.lsn}"),
        "last_price": number(body.last_price, f"last_price of the event at lsn {event.lsn}"),
        "text": full_text(body.text),
    }


def flat_position_row(account: str, strategy: str, instrument: str) -> PositionRow:
    """Make a position that nothing was traded in."""
    return {
        "account": account,
        "strategy": strategy,
        "instrument": instrument,
        "net_quantity": ZERO,
        "bought_quantity": ZERO,
        "sold_quantity": ZERO,
        "bought_money": ZERO,
        "sold_money": ZERO,
        "updated_ns": 0,
        "lsn": 0,
    }


def silent_session_row(name: str) -> SessionRow:
    """Make a session that no event has spoken of yet."""
    return {
        "session": name,
        "state": "",
        "reason": "",
        "changed_ns": None,
        "next_in": None,
        "next_out": None,
        "sequence_reason": "",
        "sequence_ns": None,
        "reset_ns": None,
        "ready_count": 0,
        "lsn": 0,
    }
