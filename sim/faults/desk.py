"""Orders worked by script: what a human trader at the venue could do, however unlikely.

Everything goes through the exchange's own orders and ledger, so that the ledger stays the truth whatever the client is
told. A scripted trade's other side is a background party, `~script`.
"""

from dataclasses import replace
from decimal import Decimal

from sim.book import Order, OrderType, Side, Status, TimeInForce
from sim.exchange import Exchange, ExecutionKind, NewOrder, Report, amend, decode, encode_report
from sim.exchange.refusals import cancel_reject
from sim.exchange.reports import CancelRejectReason, execution_of
from sim.exchange.requests import CancelOrder, ReplaceOrder
from sim.faults.acts import Bust, Cancel, Correct, Fill, Reject, Restate
from sim.faults.acts import Report as Say
from sim.faults.edit import edit_fields
from sim.faults.template import fill_in
from sim.ledger import Trade
from sim.services.outgoing import Answer, Outgoing
from sim.session import Registry, Version
from sim.wire import Fields, Message, tags

__all__ = ["Desk"]

_PARTY = "~script"
_RESTATEMENT_REASON = 378
_ENDS = {"canceled": Status.CANCELED, "expired": Status.EXPIRED, "done_for_day": Status.EXPIRED}


class Desk:
    """Carries out order acts; each gives the messages that tell of it, in order."""

    def __init__(self, exchange: Exchange, registry: Registry) -> None:
        self._exchange = exchange
        self._registry = registry

    def adopt(self, owner: str, message: Message, now: int) -> Order | None:
        """Take the order of a NewOrderSingle(D) off the market; None where the exchange has to judge it."""
        request = decode(message)
        assert isinstance(request, NewOrder)
        return self._exchange.adopt(owner, request, now)

    def find(self, owner: str, fields: dict[int, str]) -> Order | None:
        """Find the order that a message is about: by OrderID(37), ClOrdID(11), OrigClOrdID(41)."""
        order = self._exchange.ledger.orders.get(fields.get(tags.ORDER_ID, ""))
        for tag in (tags.CL_ORD_ID, tags.ORIG_CL_ORD_ID):
            order = order or self._exchange.find(owner, fields.get(tag, ""))
        return order

    def pick(self, owner: str, which: str) -> list[Order]:
        """Give orders by `last`, `first`, `open` or a ClOrdID(11), of one counterparty or of all."""
        orders = [
            o for o in self._exchange.ledger.orders.values() if owner in ("", o.owner) and not o.background
        ]
        if which == "open":
            return [order for order in orders if order.is_open]
        if which in ("last", "first"):
            return orders[-1:] if which == "last" else orders[:1]
        return [order for order in orders if which in order.cl_ord_ids]

    def acknowledge(self, order: Order, now: int) -> Report:
        return execution_of(order, ExecutionKind.NEW, self._exchange.ids.execution(), now)

    def reject_order(self, order: Order, act: Reject, now: int) -> Outgoing:
        order.ended = Status.REJECTED
        report = execution_of(
            order, ExecutionKind.REJECTED, self._exchange.ids.execution(), now, text=act.text
        )
        body = self._encode(replace(report, reject_reason=0), order.owner)
        return order.owner, "8", _set(body, {tags.ORD_REJ_REASON: str(act.code)})

    def reject_message(self, owner: str, message: Message, act: Reject, now: int) -> Outgoing:
        """Refuse a request with OrderCancelReject(9), BusinessMessageReject(j) or Reject(3)."""
        seq = message.get(tags.MSG_SEQ_NUM) or "0"
        body: Fields = [(tags.REF_SEQ_NUM, seq), (tags.REF_MSG_TYPE, message.msg_type)]
        if act.message == "session":
            if act.tag is not None:
                body.insert(1, (tags.REF_TAG_ID, str(act.tag)))
            return owner, "3", [*body, (tags.SESSION_REJECT_REASON, str(act.code)), (tags.TEXT, act.text)]
        request = decode(message)
        if act.message in (None, "cancel_reject") and isinstance(request, CancelOrder | ReplaceOrder):
            order = self._exchange.find(owner, request.orig_cl_ord_id)
            report = cancel_reject(owner, request, order, (CancelRejectReason.OTHER, act.text), now)
            msg_type, fields = encode_report(report, self._version(owner))
            return owner, msg_type, _set(fields, {tags.CXL_REJ_REASON: str(act.code)})
        cl_ord_id = message.get(tags.CL_ORD_ID)
        if cl_ord_id is not None:
            body.append((tags.BUSINESS_REJECT_REF_ID, cl_ord_id))
        return owner, "j", [*body, (tags.BUSINESS_REJECT_REASON, str(act.code)), (tags.TEXT, act.text)]

    def fill(self, order: Order, act: Fill, now: int) -> list[Report]:
        quantity = min(_quantity(act.quantity, order), order.remaining)
        price = act.price or order.price or self._exchange.markets[order.symbol].last_price
        if quantity <= 0:
            return []
        other = self._other_side(order, quantity, price, now)
        return self._exchange.trade_by_hand(order, other, (quantity, price), now)

    def bust(self, order: Order, act: Bust, now: int) -> list[Report]:
        reports: list[Report] = []
        for trade in self._trades(order, act.fill):
            reports += amend.bust(self._exchange, trade, now)
        return reports

    def correct(self, order: Order, act: Correct, now: int) -> list[Report]:
        """Correct trades; the quantity goes no further than to what was ordered."""
        reports: list[Report] = []
        for trade in self._trades(order, act.fill):
            most = amend.quantity_max(self._exchange, trade)
            quantity = None if act.quantity is None else min(act.quantity, most)
            reports += amend.correct(self._exchange, trade, now, quantity, act.price)
        return reports

    def restate(self, order: Order, act: Restate, now: int) -> list[Answer]:
        market = self._exchange.markets[order.symbol]
        rested = order in market
        market.take_out(order)
        order.quantity = max(act.quantity or order.quantity, order.cum)
        order.price = act.price or order.price
        owner, msg_type, body = self._tell(order, ExecutionKind.RESTATED, now)
        told: Outgoing = (owner, msg_type, _set(body, {_RESTATEMENT_REASON: str(act.reason)}))
        reports = self._exchange.trade_background(order, now) if rested and order.is_open else []
        return [told, *reports]

    def cancel(self, order: Order, act: Cancel, now: int) -> list[Answer]:
        if not order.is_open:
            return []
        self._exchange.markets[order.symbol].take_out(order)
        order.ended = _ENDS[act.status]
        if not act.tell:
            return []
        expired = order.ended is Status.EXPIRED
        owner, msg_type, body = self._tell(
            order, ExecutionKind.EXPIRED if expired else ExecutionKind.CANCELED, now
        )
        words = {tags.TEXT: act.text}
        if act.status == "done_for_day":
            words |= {150: "3", 39: "3"}
        return [(owner, msg_type, _set(body, words))]

    def report(self, order: Order, act: Say, fields: dict[int, str], now: int) -> Outgoing:
        owner, msg_type, body = self._tell(order, ExecutionKind.STATUS, now)
        known = dict(body) | fields  # what is said is said of the message at hand
        said = {tag: fill_in(text, known, now) for tag, text in act.fields.items()}
        exec_id = {} if 17 in said else {17: self._exchange.ids.execution()}
        return owner, msg_type, edit_fields(body, exec_id | said, act.remove)

    def _tell(self, order: Order, kind: ExecutionKind, now: int) -> Outgoing:
        report = execution_of(order, kind, self._exchange.ids.execution(), now)
        return order.owner, "8", self._encode(report, order.owner)

    def _encode(self, report: object, owner: str) -> Fields:
        return encode_report(report, self._version(owner))[1]  # type: ignore[arg-type]

    def _version(self, owner: str) -> Version:
        peer = self._registry.get(owner)
        assert peer is not None, f"{owner} never logged on"
        return peer.version

    def _trades(self, order: Order, which: str) -> list[Trade]:
        trades = [
            t for t in self._exchange.ledger.trades if order.order_id in (t.buy.order_id, t.sell.order_id)
        ]
        if which == "all":
            return trades
        at = {"last": len(trades), "first": 1}.get(which) or int(which)
        return trades[at - 1 : at] if at > 0 else []

    def _other_side(self, order: Order, quantity: Decimal, price: Decimal, now: int) -> Order:
        return Order(
            order_id=f"{_PARTY}-{order.order_id}",
            owner=_PARTY,
            account="",
            symbol=order.symbol,
            side=Side.SELL if order.is_buy else Side.BUY,
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.DAY,
            quantity=quantity,
            price=price,
            entered_at=now,
            background=True,
        )


def _quantity(text: str, order: Order) -> Decimal:
    if text == "all":
        return order.remaining
    if text.endswith("%"):
        return (order.quantity * Decimal(text[:-1]) / 100).to_integral_value()
    return Decimal(text)


def _set(body: Fields, fields: dict[int, str]) -> Fields:
    return edit_fields(body, fields)
