"""What a script has the venue of a fake gateway do."""

from collections.abc import Callable
from decimal import Decimal

from gateway.client.decimals import Number, to_text
from gateway.client.enums import ExecType, OrderStatus
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_order import FakeOrder, ScriptError
from gateway.client.testing.fake_state import FakeState
from gateway.v1 import events_pb2 as events

__all__ = ["FakeVenue", "Reaction"]

Reaction = Callable[[str], None]
"""What the venue does with a request; it is given the order's client_order_id."""


class FakeVenue(FakeState):
    """The other end of the orders. Where a method asks for what cannot be, it raises ScriptError."""

    def __init__(self, venue: str, start_ns: int) -> None:
        super().__init__(venue, start_ns)
        self.on_order: Reaction | None = self.acknowledge
        self.on_replace: Reaction | None = self.confirm_replace
        self.on_cancel: Reaction | None = self.confirm_cancel

    # --- what the venue does with an order

    def acknowledge(self, client_order_id: str) -> None:
        """Report the order as NEW; where it has traded or ended before, it stays what it is."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            if order.execution is OrderStatus.PENDING_NEW:
                order.execution = OrderStatus.NEW
            order.uncertain = False
            self._ledger.report(order, ExecType.NEW)
        self._wake()

    def fill(self, client_order_id: str, quantity: Number | None = None, price: Number | None = None) -> None:
        """Fill it, by default all that is left, at its limit. Counts before the acknowledgment and after a cancel, too.

        A market order needs a price.
        """
        with self._ledger.lock:
            order = self._sent(client_order_id)
            filled = order.leaves_quantity if quantity is None else Decimal(to_text(quantity, "quantity"))
            at = order.price if price is None else Decimal(to_text(price, "price"))
            if filled <= 0 or at is None:
                raise ScriptError(
                    f"expected a quantity and a price to fill {client_order_id!r}, had {filled} at {at}"
                )
            order.uncertain = False
            order.take_fill(filled, at)
            self._ledger.report(order, ExecType.TRADE, last_quantity=filled, last_price=at)
        self._wake()

    def reject(self, client_order_id: str, text: str = "") -> None:
        """Reject the order."""
        self._end(client_order_id, OrderStatus.REJECTED, ExecType.REJECTED, text)

    def cancel(self, client_order_id: str, text: str = "") -> None:
        """Cancel it unasked."""
        self._end(client_order_id, OrderStatus.CANCELED, ExecType.CANCELED, text)

    def expire(self, client_order_id: str) -> None:
        """Expire what is left of it."""
        self._end(client_order_id, OrderStatus.EXPIRED, ExecType.EXPIRED, "")

    def lose_track_of(self, client_order_id: str, reason: str = "no answer from the venue") -> None:
        """Make its outcome UNKNOWN, until the venue says something."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            order.uncertain = True
            doubt = events.OrderUncertain(order_id=order.order_id, reason=reason)
            self._ledger.note(order, events.Event(order_uncertain=doubt))
        self._wake()

    # --- what the venue does with a request

    def confirm_cancel(self, client_order_id: str) -> None:
        """Cancel it as asked for."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            request = self._ledger.take_request(order, replaces=False)
            order.end(OrderStatus.CANCELED)
            self._ledger.report(order, ExecType.CANCELED, cl_ord_id=request.cl_ord_id)
        self._wake()

    def confirm_replace(self, client_order_id: str) -> None:
        """Put the terms of the oldest replace in force."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            request = self._ledger.take_request(order, replaces=True)
            order.take_terms(request)
            self._ledger.report(order, ExecType.REPLACED, cl_ord_id=request.cl_ord_id)
        self._wake()

    def reject_request(self, client_order_id: str, text: str = "") -> None:
        """Refuse its oldest replace or cancel; the order is what it was."""
        with self._ledger.lock:
            order = self._sent(client_order_id)
            request = self._ledger.take_request(order)
            rejected = events.RequestRejected(
                order_id=order.order_id,
                cl_ord_id=request.cl_ord_id,
                client_request_id=request.client_request_id,
                replace=request.replaces,
                text=text,
                status=enumerator(order.status),
                request_id=request.request_id,
            )
            self._ledger.note(order, events.Event(request_rejected=rejected))
        self._wake()

    def _sent(self, client_order_id: str) -> FakeOrder:
        order = self._ledger.named(client_order_id)
        if order.execution is OrderStatus.DENIED or order.is_held:
            was = "was denied" if order.execution is OrderStatus.DENIED else "is held"
            raise ScriptError(f"{client_order_id!r} {was}; the venue has never seen it")
        return order

    def _end(self, client_order_id: str, status: OrderStatus, exec_type: ExecType, text: str) -> None:
        with self._ledger.lock:
            order = self._sent(client_order_id)
            if not order.is_open:
                raise ScriptError(f"{client_order_id!r} has ended already, as {order.status}")
            order.uncertain = False
            order.end(status)
            self._ledger.report(order, exec_type, text=text)
        self._wake()
