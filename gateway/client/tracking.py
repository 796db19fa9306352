"""The orders that a client follows, kept up to date by the events that come for them.

An event counts only where it is newer (by lsn) than what is known; so a snapshot from a query and the flow of
events may cross.
"""

from collections import OrderedDict
from dataclasses import replace
from decimal import Decimal

from gateway.client.commands import NewOrder
from gateway.client.decimals import to_text
from gateway.client.enums import OrderStatus, OrderType
from gateway.client.errors import GatewayError
from gateway.client.events import Event, LinkAccepted, OrderAccepted, OrderDenied
from gateway.client.live_order import LiveOrder, OrderCommands
from gateway.client.model import Order, Result

__all__ = ["LiveOrders", "as_submitted"]

_ENDED_MAX = 10_000
"""Ended orders that are remembered; the oldest are forgotten, `get_order` still finds them."""


class LiveOrders:
    """The orders that a client follows: all open ones, and those that ended last."""

    def __init__(self, commands: OrderCommands | None = None) -> None:
        self._commands = commands
        self._by_client_order_id: dict[str, LiveOrder] = {}
        self._by_order_id: dict[int, LiveOrder] = {}
        self._ended: OrderedDict[int, None] = OrderedDict()

    def get(self, client_order_id: str) -> LiveOrder | None:
        """Find by the client's id."""
        return self._by_client_order_id.get(client_order_id)

    def open(self) -> list[LiveOrder]:
        """Get those that have not ended, oldest first."""
        return [live for live in self._by_client_order_id.values() if live.is_open]

    def take(self, order: Order) -> LiveOrder:
        """Take a snapshot from a query."""
        live = self._by_order_id.get(order.order_id)
        if live is None:
            live = self._follow(order)
        else:
            live.take(order)
        self._forget_old(live)
        return live

    def answered(self, command: NewOrder, client: str, result: Result) -> LiveOrder | None:
        """Take the answer to a new order, which may come before its event; None for an order that ended so long
        ago that it is not known any more.
        """
        if not result.lsn:  # refused without a record: it is no order, and its id may be that of another
            live = LiveOrder(as_submitted(command, client, result))
        elif (known := self._by_order_id.get(result.order_id)) is not None:
            live = known
        elif result.duplicate:
            return None
        else:
            live = self.take(as_submitted(command, client, result))
        live.answered(result)
        return live

    def apply(self, event: Event) -> None:
        """Take an event; those that speak of no order are passed over."""
        if isinstance(event, OrderAccepted | OrderDenied):
            self._begin(_first(event), event)
            return
        if isinstance(event, LinkAccepted):
            for order in event.orders:
                held = replace(_first(order), status=OrderStatus.HELD, leaves_quantity=Decimal(0))
                self._begin(held, event)
            return
        live = self._by_order_id.get(getattr(event, "order_id", 0))
        if live is not None:
            live.apply(event)
            self._forget_old(live)

    def fail(self, failure: GatewayError) -> None:
        """End all waiting: no more events will come."""
        for live in self._by_order_id.values():
            live.fail(failure)

    def _begin(self, order: Order, event: Event) -> None:
        live = self._by_order_id.get(order.order_id)
        if live is None:
            live = self._follow(order)
        live.take_event(order, event)
        self._forget_old(live)

    def _follow(self, order: Order) -> LiveOrder:
        live = LiveOrder(order, self._commands)
        self._by_order_id[order.order_id] = live
        self._by_client_order_id[order.client_order_id] = live
        return live

    def _forget_old(self, live: LiveOrder) -> None:
        if live.is_open:
            self._ended.pop(live.order_id, None)
            return
        self._ended[live.order_id] = None
        if len(self._ended) > _ENDED_MAX:
            order_id, _ = self._ended.popitem(last=False)
            forgotten = self._by_order_id.pop(order_id)
            del self._by_client_order_id[forgotten.client_order_id]


def _first(event: OrderAccepted | OrderDenied) -> Order:
    accepted = isinstance(event, OrderAccepted)
    return Order(
        order_id=event.order_id,
        client_order_id=event.client_order_id,
        client=event.client,
        account=event.account,
        strategy=event.strategy,
        instrument=event.instrument,
        venue=event.venue,
        side=event.side,
        order_type=event.order_type,
        time_in_force=event.time_in_force,
        status=OrderStatus.PENDING_NEW if accepted else OrderStatus.DENIED,
        quantity=event.quantity,
        price=event.price,
        cum_quantity=Decimal(0),
        leaves_quantity=event.quantity if accepted else Decimal(0),
        average_price=None,
        cl_ord_id=event.cl_ord_id if isinstance(event, OrderAccepted) else "",
        venue_order_id="",
        created_at_ns=event.time_ns,
        updated_at_ns=event.time_ns,
        denial=event.denial if isinstance(event, OrderDenied) else None,
        lsn=event.lsn,
        pending_requests=0,
        terms=event.terms if isinstance(event, OrderAccepted) else None,
        link_id=event.link_id if isinstance(event, OrderAccepted) else 0,
    )


def as_submitted(command: NewOrder, client: str, result: Result) -> Order:
    """What is known before the event: the terms asked for. Times are unknown until then, and the lsn is one
    less than the event's, so that the event replaces this.
    """
    order_type = command.order_type or (OrderType.MARKET if command.price is None else OrderType.LIMIT)
    quantity = Decimal(to_text(command.quantity, "quantity"))
    return Order(
        order_id=result.order_id,
        client_order_id=command.client_order_id,
        client=client,
        account=command.account,
        strategy=command.strategy,
        instrument=command.instrument,
        venue=command.venue,
        side=command.side,
        order_type=order_type,
        time_in_force=command.time_in_force,
        status=OrderStatus.DENIED if result.denied else OrderStatus.PENDING_NEW,
        quantity=quantity,
        price=None if command.price is None else Decimal(to_text(command.price, "price")),
        cum_quantity=Decimal(0),
        leaves_quantity=Decimal(0) if result.denied else quantity,
        average_price=None,
        cl_ord_id=result.cl_ord_id,
        venue_order_id="",
        created_at_ns=0,
        updated_at_ns=0,
        denial=result.denial,
        lsn=max(result.lsn - 1, 0),
        pending_requests=0,
        terms=command.terms,
    )
