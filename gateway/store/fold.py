"""Folds events into rows: for each kind of event, what it changes. No database here.

The core has decided everything already, and its events say what an order is after them; this copies it. Only
what follows from several events is worked out here: what became of a request (requests.py), and which earlier
trade a correction or cancel of a trade ends (trades.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway.store import decode, new_rows
from gateway.store.charges import adjust_charges, book_charges
from gateway.store.decode import full_text, name_text, number, time_ns
from gateway.store.limit_changes import take_limits_changed
from gateway.store.order_terms import take_terms, terms_of
from gateway.store.requests import add_pending_request, end_pending_requests, is_open, settle, shown_status
from gateway.store.rows import OrderRow, RequestRow, SessionRow
from gateway.store.trades import adjust_position, apply_trade
from gateway.store.working_set import WorkingSet
from gateway.v1 import events_pb2

__all__ = ["Fold", "ProjectionError"]

# What an event is about: an order, the request of a client, a session by name, or none of these.
Subject: TypeAlias = OrderRow | RequestRow | str | None


class ProjectionError(RuntimeError):
    """The events do not fit together, or not with what is in the database."""


class Fold:
    """Applies events to a working set that holds every row they speak of."""

    def __init__(self, rows: WorkingSet) -> None:
        self._rows = rows
        # Reports whose cumulative quantity is not that of the trades before it. The core's stands in
        # `orders`.
        self.differences_count = 0

    def apply(self, payload: bytes, event: events_pb2.Event) -> None:
        """Fold one event. Raises ProjectionError where it speaks of an order that no earlier event made."""
        kind = event.WhichOneof("body") or "unknown"
        handler = APPLY.get(kind)
        subject = handler(self, event) if handler else None
        row = subject if isinstance(subject, dict) else None
        self._rows.events.append(
            {
                "lsn": event.lsn,
                "time_ns": time_ns(event.time),
                "kind": kind,
                "client": row["client"] if row else "",
                "order_id": row["order_id"] if row else None,
                "session": name_text(subject) if isinstance(subject, str) else "",
                "payload": payload,
            }
        )

    def _order(self, event: events_pb2.Event, order_id: int) -> OrderRow:
        order = self._rows.orders.get(order_id)
        if order is None:
            raise ProjectionError(
                f"the event at lsn {event.lsn} speaks of order {order_id}, which no earlier event made; "
                "run `gateway journal verify`, then `gateway database rebuild`"
            )
        return order

    def _request(self, event: events_pb2.Event, request_id: int) -> RequestRow:
        request = self._rows.requests.get(request_id)
        if request is None:
            raise ProjectionError(
                f"the event at lsn {event.lsn} speaks of request {request_id}, which no earlier event made; "
                "run `gateway journal verify`, then `gateway database rebuild`"
            )
        return request

    def _touch(self, order: OrderRow, event: events_pb2.Event) -> None:
        order["updated_ns"] = time_ns(event.time)
        order["lsn"] = event.lsn
        self._rows.change_order(order)

    def order_accepted(self, event: events_pb2.Event) -> Subject:
        body = event.order_accepted
        if body.link_id:
            return self._released(event)
        order = new_rows.order_row(event, body, "PENDING_NEW")
        self._add_with_request(event, body, order)
        return order

    def _add_with_request(
        self, event: events_pb2.Event, body: events_pb2.OrderAccepted, order: OrderRow
    ) -> None:
        order["cl_ord_id"] = name_text(body.cl_ord_id)
        self._rows.add_order(order)
        request = new_rows.request_row(event, "NEW", body.request_id, order, body.client_order_id)
        request["cl_ord_id"] = order["cl_ord_id"]
        request["quantity"] = order["quantity"]
        request["price"] = order["price"]
        take_terms(request, order)
        add_pending_request(self._rows, request, order)

    def link_accepted(self, event: events_pb2.Event) -> Subject:
        for body in event.link_accepted.orders:
            self._add_with_request(event, body, new_rows.order_row(event, body, "HELD"))
        return None

    def _released(self, event: events_pb2.Event) -> Subject:
        body = event.order_accepted
        order = self._order(event, body.order_id)
        request = self._rows.requests.get(body.request_id)
        if request is None:  # released before, and never sent
            request = new_rows.request_row(event, "NEW", body.request_id, order, "")
            request["price"] = order["price"]
            request["cl_ord_id"] = order["cl_ord_id"] = name_text(body.cl_ord_id)
            self._rows.add_request(request)
        order["quantity"] = number(body.quantity, f"quantity of the event at lsn {event.lsn}")
        order["leaves_quantity"] = order["quantity"] or new_rows.ZERO
        order["execution_state"] = order["status"] = "PENDING_NEW"
        order["is_open"] = True
        request["quantity"] = order["quantity"]
        self._rows.change_request(request)
        self._touch(order, event)
        return order

    def held_order_ended(self, event: events_pb2.Event) -> Subject:
        body = event.held_order_ended
        order = self._order(event, body.order_id)
        order["execution_state"] = order["status"] = "CANCELED"
        order["reason"] = full_text(body.reason)
        if body.request_id:
            request = new_rows.request_row(event, "CANCEL", body.request_id, order, body.client_request_id)
            request["state"] = "ACCEPTED"
            self._rows.add_request(request)
        self._touch(order, event)
        return order

    def order_denied(self, event: events_pb2.Event) -> Subject:
        body = event.order_denied
        order = new_rows.order_row(event, body, "DENIED")
        order["denial_code"] = decode.DENIAL_CODES[body.denial.code]
        order["reason"] = full_text(body.denial.limit_name)
        self._rows.add_order(order)
        request = new_rows.request_row(event, "NEW", body.request_id, order, body.client_order_id)
        request["quantity"] = order["quantity"]
        request["price"] = order["price"]
        request["state"] = "DENIED"
        request["denial_code"] = order["denial_code"]
        self._rows.add_request(request)
        self._rows.denials.append(new_rows.denial_row(event, body.denial, request, order))
        return order

    def replace_requested(self, event: events_pb2.Event) -> Subject:
        body = event.replace_requested
        order = self._order(event, body.order_id)
        request = new_rows.request_row(event, "REPLACE", body.request_id, order, body.client_request_id)
        request["cl_ord_id"] = name_text(body.cl_ord_id)
        request["orig_cl_ord_id"] = name_text(body.orig_cl_ord_id)
        request["quantity"] = number(body.quantity, f"quantity of the event at lsn {event.lsn}")
        request["price"] = number(body.price, f"price of the event at lsn {event.lsn}")
        if body.HasField("terms"):
            take_terms(request, terms_of(body.terms, event.lsn))
        add_pending_request(self._rows, request, order)
        order["is_open"] = is_open(order)
        order["status"] = shown_status(order, is_unknown=order["status"] == "UNKNOWN")
        self._touch(order, event)
        return order

    def cancel_requested(self, event: events_pb2.Event) -> Subject:
        body = event.cancel_requested
        order = self._order(event, body.order_id)
        request = new_rows.request_row(event, "CANCEL", body.request_id, order, body.client_request_id)
        request["cl_ord_id"] = name_text(body.cl_ord_id)
        request["orig_cl_ord_id"] = name_text(body.orig_cl_ord_id)
        add_pending_request(self._rows, request, order)
        order["status"] = shown_status(order, is_unknown=order["status"] == "UNKNOWN")
        self._touch(order, event)
        return order

    def request_denied(self, event: events_pb2.Event) -> Subject:
        body = event.request_denied
        order = self._order(event, body.order_id) if body.order_id else None
        kind = "LINK" if body.linked_orders else "REPLACE" if body.replace else "CANCEL"
        request = new_rows.request_row(event, kind, body.request_id, order, body.client_request_id)
        request["client"] = name_text(body.client)
        request["state"] = "DENIED"
        request["denial_code"] = decode.DENIAL_CODES[body.denial.code]
        self._rows.add_request(request)
        self._rows.denials.append(new_rows.denial_row(event, body.denial, request, order))
        return request

    def execution_reported(self, event: events_pb2.Event) -> Subject:
        body = event.execution_reported
        order = self._order(event, body.order_id)
        execution = new_rows.execution_row(event, order)
        change, trade_lsn = apply_trade(self._rows, execution)
        expected_quantity = order["cum_quantity"] + change
        book_charges(self._rows, event, execution, trade_lsn)
        restated = body.cum_quantity_restated
        self.differences_count += expected_quantity != execution["cum_quantity"] and not restated
        self._rows.add_execution(execution)
        if body.request_id:
            self._answer(event, order, execution["exec_type"])
        order["execution_state"] = decode.ORDER_STATUSES[body.execution_state]
        order["status"] = execution["status"]
        order["quantity"] = execution["quantity"]
        order["price"] = execution["price"]
        order["cum_quantity"] = execution["cum_quantity"]
        order["leaves_quantity"] = execution["leaves_quantity"]
        order["average_price"] = execution["average_price"]
        order["venue_order_id"] = order["venue_order_id"] or execution["venue_order_id"]
        if execution["exec_type"] == "REJECTED":
            order["reason"] = execution["text"]
        if order["execution_state"] == "FILLED" or not is_open(order):
            end_pending_requests(self._rows, order, execution["time_ns"], event.lsn)
        order["is_open"] = is_open(order)
        self._touch(order, event)
        return order

    def _answer(self, event: events_pb2.Event, order: OrderRow, exec_type: str) -> None:
        body = event.execution_reported
        request = self._request(event, body.request_id)
        if request["kind"] == "NEW":
            settle(self._rows, request, order, "REJECTED" if exec_type == "REJECTED" else "ACCEPTED")
        elif request["kind"] == "REPLACE" and exec_type == "REPLACED":
            if request["state"] != "ACCEPTED":  # else told again, after later replaces perhaps
                order["cl_ord_id"] = request["cl_ord_id"]
                take_terms(order, request)
            settle(self._rows, request, order, "ACCEPTED")
        elif request["kind"] == "CANCEL" and exec_type == "CANCELED":
            settle(self._rows, request, order, "ACCEPTED")
        self._heard(event, request, body.reject_reason, body.text)

    def _heard(self, event: events_pb2.Event, request: RequestRow, reject_reason: int, text: str) -> None:
        if reject_reason or request["state"] == "REJECTED":
            request["reject_reason"] = reject_reason
            request["reason"] = full_text(text)
        request["updated_ns"] = time_ns(event.time)
        request["lsn"] = event.lsn
        self._rows.change_request(request)

    def request_rejected(self, event: events_pb2.Event) -> Subject:
        body = event.request_rejected
        order = self._order(event, body.order_id)
        request = self._request(event, body.request_id)
        settle(self._rows, request, order, "REJECTED")
        self._heard(event, request, body.reject_reason, body.text)
        order["is_open"] = is_open(order)
        order["status"] = decode.ORDER_STATUSES[body.status]
        self._touch(order, event)
        return order

    def order_uncertain(self, event: events_pb2.Event) -> Subject:
        order = self._order(event, event.order_uncertain.order_id)
        order["status"] = shown_status(order, is_unknown=True)
        order["reason"] = full_text(event.order_uncertain.reason)
        self._touch(order, event)
        return order

    def order_released(self, event: events_pb2.Event) -> Subject:
        order = self._order(event, event.order_released.order_id)
        self._touch(order, event)
        return order

    def order_not_sent(self, event: events_pb2.Event) -> Subject:
        body = event.order_not_sent
        order = self._order(event, body.order_id)
        if body.reason:
            order["reason"] = full_text(body.reason)
        request = self._request(event, body.request_id)
        settle(self._rows, request, order, "NOT_SENT")
        self._heard(event, request, 0, "")
        if request["kind"] == "NEW" and order["execution_state"] == "PENDING_NEW":
            order["execution_state"] = "HELD" if body.held_again else "NOT_SENT"
            order["is_open"] = False
            order["leaves_quantity"] = new_rows.ZERO
            end_pending_requests(self._rows, order, time_ns(event.time), event.lsn)
        order["is_open"] = is_open(order)
        order["status"] = shown_status(order, is_unknown=False)
        self._touch(order, event)
        return order

    def execution_orphaned(self, event: events_pb2.Event) -> Subject:
        self._rows.orphans.append(new_rows.orphan_row(event))
        return event.execution_orphaned.session

    def external_order_adopted(self, event: events_pb2.Event) -> Subject:
        body = event.external_order_adopted
        order = new_rows.external_order_row(event)
        self._rows.add_order(order)
        request = new_rows.request_row(event, "NEW", body.request_id, order, "")
        request["client"] = order["client"]
        request["cl_ord_id"] = order["cl_ord_id"]
        request["quantity"] = order["quantity"]
        request["price"] = order["price"]
        add_pending_request(self._rows, request, order)
        return order

    def order_resolved(self, event: events_pb2.Event) -> Subject:
        body = event.order_resolved
        order = self._order(event, body.order_id)
        outcome = decode.ORDER_STATUSES[body.outcome]
        if outcome != "NEW":
            order["execution_state"] = outcome
            order["leaves_quantity"] = new_rows.ZERO
        if body.requests_end or order["execution_state"] == "FILLED" or not is_open(order):
            end_pending_requests(
                self._rows, order, time_ns(event.time), event.lsn, all_of_them=body.requests_end
            )
        order["is_open"] = is_open(order)
        order["status"] = decode.ORDER_STATUSES[body.status]
        order["reason"] = full_text(f"resolved by {body.resolved_by}: {body.reason}")
        self._touch(order, event)
        return order

    def position_adjusted(self, event: events_pb2.Event) -> Subject:
        adjust_position(self._rows, event)
        adjust_charges(self._rows, event)
        return None

    def instrument_defined(self, event: events_pb2.Event) -> Subject:
        body = event.instrument_defined
        instrument = name_text(body.instrument)
        self._rows.instruments[instrument] = {
            "instrument": instrument,
            "venue": name_text(body.venue),
            "currency": name_text(body.currency),
            "multiplier": number(body.multiplier, f"multiplier of the event at lsn {event.lsn}")
            or new_rows.ZERO,
            "asset_class": name_text(body.asset_class),
            "sector": name_text(body.sector),
            "region": name_text(body.region),
            "changed_ns": time_ns(event.time),
            "lsn": event.lsn,
        }
        return None

    def rate_set(self, event: events_pb2.Event) -> Subject:
        body = event.rate_set
        pair = name_text(body.from_currency), name_text(body.to_currency)
        self._rows.rates[pair] = {
            "from_currency": pair[0],
            "to_currency": pair[1],
            "rate": number(body.rate, f"rate of the event at lsn {event.lsn}") or new_rows.ZERO,
            "source": full_text(body.source),
            "as_of_ns": time_ns(body.as_of),
            "changed_ns": time_ns(event.time),
            "lsn": event.lsn,
        }
        return None

    def session_changed(self, event: events_pb2.Event) -> Subject:
        body = event.session_changed
        session = self._session(body.session)
        session["state"] = decode.SESSION_STATES[body.state]
        session["reason"] = full_text(body.reason)
        session["changed_ns"] = time_ns(event.time)
        session["ready_count"] += session["state"] == "READY"
        session["lsn"] = event.lsn
        return body.session

    def sequence_changed(self, event: events_pb2.Event) -> Subject:
        body = event.sequence_changed
        session = self._session(body.session)
        session["next_in"] = body.next_in
        session["next_out"] = body.next_out
        session["sequence_reason"] = full_text(body.reason)
        session["sequence_ns"] = time_ns(event.time)
        if body.reset:
            session["reset_ns"] = time_ns(event.time)
        session["lsn"] = event.lsn
        return body.session

    def session_controlled(self, event: events_pb2.Event) -> Subject:
        return event.session_controlled.session

    def session_window_changed(self, event: events_pb2.Event) -> Subject:
        return event.session_window_changed.session

    def _session(self, name: str) -> SessionRow:
        key = name_text(name)
        if key not in self._rows.sessions:
            self._rows.sessions[key] = new_rows.silent_session_row(key)
        return self._rows.sessions[key]

    def trading_state_changed(self, event: events_pb2.Event) -> Subject:
        body = event.trading_state_changed
        level = name_text(body.level)
        self._rows.trading_states[level] = {
            "level": level,
            "state": decode.TRADING_STATES[body.state],
            "reason": full_text(body.reason),
            "changed_by": name_text(body.changed_by),
            "changed_ns": time_ns(event.time),
            "lsn": event.lsn,
        }
        return None

    def limits_changed(self, event: events_pb2.Event) -> Subject:
        take_limits_changed(self._rows, event)
        return None

    def reference_price_set(self, event: events_pb2.Event) -> Subject:
        body = event.reference_price_set
        if not body.price and body.HasField("references"):
            return None
        price = number(body.price, f"price of the event at lsn {event.lsn}")
        if price is None:
            raise ProjectionError(
                f"expected a reference price at lsn {event.lsn}, was none; run `gateway journal verify`"
            )
        instrument = name_text(body.instrument)
        self._rows.reference_prices[instrument] = {
            "instrument": instrument,
            "price": price,
            "changed_ns": time_ns(event.time),
            "lsn": event.lsn,
        }
        return None


# Kinds that stand in no table but `events` have no handler, and neither has a kind that is newer than this
# version: its bytes are kept, and a rebuild by a newer version reads them.
APPLY: dict[str, Callable[[Fold, events_pb2.Event], Subject]] = {
    name: getattr(Fold, name)
    for name in (
        "order_accepted",
        "order_denied",
        "replace_requested",
        "cancel_requested",
        "request_denied",
        "execution_reported",
        "request_rejected",
        "order_uncertain",
        "order_not_sent",
        "order_released",
        "execution_orphaned",
        "external_order_adopted",
        "order_resolved",
        "link_accepted",
        "held_order_ended",
        "position_adjusted",
        "instrument_defined",
        "rate_set",
        "session_changed",
        "sequence_changed",
        "session_controlled",
        "session_window_changed",
        "trading_state_changed",
        "limits_changed",
        "reference_price_set",
    )
}
