"""Orders that are kept up to date by the events that come for them.

Each order is an immutable `Order` that is replaced as a whole, so it may be read from any thread. An event
counts only where it is newer (by lsn) than what is known; so a snapshot from a query and the flow of events
may cross.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from gateway.client.commands import NewOrder
from gateway.client.decimals import to_text
from gateway.client.enums import ExecType, OrderStatus, OrderType
from gateway.client.events import (
    CancelRequested,
    Event,
    ExecutionReported,
    HeldOrderEnded,
    LinkAccepted,
    OrderAccepted,
    OrderDenied,
    OrderNotSent,
    OrderResolved,
    OrderUncertain,
    ReplaceRequested,
    RequestRejected,
)
from gateway.client.model import Denial, Order, Result
from gateway.client.terms import OrderTerms

__all__ = ["LiveOrder", "LiveOrders"]

_ENDED_MAX = 10_000
"""Ended orders that are remembered; the oldest are forgotten, `get_order` still finds them."""

_ANSWERS = frozenset({ExecType.REPLACED, ExecType.CANCELED})
"""Reports that answer a request and bear its ClOrdID(11)."""


class LiveOrder:
    """An order as it is now."""

    _order: Order

    def __init__(self, order: Order) -> None:
        self._requests: dict[str, OrderStatus] = {}
        """Requests under way by ClOrdID(11), and what the order shows while they are."""
        self._terms: dict[str, OrderTerms] = {}
        """Rare terms that a replace under way asks for, by its ClOrdID(11)."""
        self._take(order)
        self._changed = asyncio.Event()

    @property
    def snapshot(self) -> Order:
        """All of it, as one value that does not change any more."""
        return self._order

    @property
    def client_order_id(self) -> str:
        return self._order.client_order_id

    @property
    def order_id(self) -> int:
        return self._order.order_id

    @property
    def status(self) -> OrderStatus:
        return self._order.status

    @property
    def is_open(self) -> bool:
        return self._order.is_open

    @property
    def quantity(self) -> Decimal:
        return self._order.quantity

    @property
    def price(self) -> Decimal | None:
        return self._order.price

    @property
    def cum_quantity(self) -> Decimal:
        return self._order.cum_quantity

    @property
    def leaves_quantity(self) -> Decimal:
        return self._order.leaves_quantity

    @property
    def average_price(self) -> Decimal | None:
        return self._order.average_price

    @property
    def denial(self) -> Denial | None:
        return self._order.denial

    def __repr__(self) -> str:
        done = f"{self.cum_quantity}/{self.quantity}"
        return f"<LiveOrder {self.client_order_id} {self.status} {done} {self._order.instrument}>"

    async def wait(self, until: Callable[[Order], bool]) -> Order:
        """Wait until the order is as asked for; for the client's own event loop."""
        while not until(self._order):
            changed = self._changed
            await changed.wait()
        return self._order

    def take(self, order: Order) -> None:
        """Take a newer snapshot."""
        if order.lsn >= self._order.lsn:
            self._take(order)
            self._tell()

    def apply(self, event: Event) -> None:
        """Take a newer event."""
        if event.lsn <= self._order.lsn:
            return
        order, status = self._order, None
        match event:
            case ExecutionReported():
                if event.exec_type in _ANSWERS:
                    self._end_request(event.cl_ord_id)
                self._execution, self._uncertain = event.execution_state, False
                order, status = _reported(order, event), event.status
                if event.exec_type is ExecType.REPLACED and event.cl_ord_id in self._terms:
                    order = replace(order, terms=self._terms.pop(event.cl_ord_id))
            case RequestRejected():
                self._end_request(event.cl_ord_id)
                self._uncertain = False
                status = event.status
            case ReplaceRequested():
                self._requests[event.cl_ord_id] = OrderStatus.PENDING_REPLACE
                if event.terms is not None:
                    self._terms[event.cl_ord_id] = event.terms
            case CancelRequested():
                self._requests[event.cl_ord_id] = OrderStatus.PENDING_CANCEL
            case OrderUncertain():
                self._uncertain = True
            case OrderResolved():
                self._uncertain = False
                if event.outcome is not OrderStatus.NEW:
                    self._execution = event.outcome
                status = event.status
            case HeldOrderEnded():
                self._execution = OrderStatus.CANCELED
            case OrderNotSent():
                self._uncertain = False
                if event.cl_ord_id == order.cl_ord_id:
                    self._execution = OrderStatus.NOT_SENT
                else:
                    self._end_request(event.cl_ord_id)
        # A filled order may be opened again by a replace; the gateway says which are still under way.
        reopens = self._execution is OrderStatus.FILLED and (
            isinstance(event, ReplaceRequested) or status is OrderStatus.PENDING_REPLACE
        )
        rests = self._execution is OrderStatus.DONE_FOR_DAY and order.is_good_till
        if reopens:
            status = OrderStatus.PENDING_REPLACE
        elif self._execution.is_final and not rests:
            self._requests.clear()
            self._unnamed_requests = 0
            order = replace(order, leaves_quantity=Decimal(0))
        self._order = replace(
            order,
            status=self._derived_status() if status is None else status,
            pending_requests=len(self._requests) + self._unnamed_requests,
            updated_at_ns=event.time_ns,
            lsn=event.lsn,
        )
        self._tell()

    def _take(self, order: Order) -> None:
        self._order = order
        self._requests.clear()
        self._unnamed_requests = order.pending_requests
        """Requests under way that a snapshot counted, and whose ClOrdIDs are not known."""
        self._execution = _execution_of(order)
        """What the order shows when nothing is under way and nothing uncertain."""
        self._uncertain = order.status is OrderStatus.UNKNOWN

    def _end_request(self, cl_ord_id: str) -> None:
        if self._requests.pop(cl_ord_id, None) is None and self._unnamed_requests:
            self._unnamed_requests -= 1

    def _derived_status(self) -> OrderStatus:
        """The status by the core's precedence: an end, UNKNOWN, pending cancel, pending replace, the rest."""
        if self._execution.is_final:
            return self._execution
        if self._uncertain:
            return OrderStatus.UNKNOWN
        waiting = set(self._requests.values())
        for status in (OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE):
            if status in waiting:
                return status
        return self._execution

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class LiveOrders:
    """The orders that a client follows: all open ones, and those that ended last."""

    def __init__(self) -> None:
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
            live = LiveOrder(order)
            self._by_order_id[order.order_id] = live
            self._by_client_order_id[order.client_order_id] = live
        else:
            live.take(order)
        self._forget_old(live)
        return live

    def answered(self, command: NewOrder, client: str, result: Result) -> None:
        """Take the first answer to a new order, which may come before its event."""
        if result.order_id and not result.duplicate and result.order_id not in self._by_order_id:
            self.take(_submitted(command, client, result))

    def apply(self, event: Event) -> None:
        """Take an event; those that speak of no order are passed over."""
        if isinstance(event, OrderAccepted | OrderDenied):
            self.take(_first(event))
            return
        if isinstance(event, LinkAccepted):
            for order in event.orders:
                self.take(replace(_first(order), status=OrderStatus.HELD, leaves_quantity=Decimal(0)))
            return
        live = self._by_order_id.get(getattr(event, "order_id", 0))
        if live is not None:
            live.apply(event)
            self._forget_old(live)

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


def _submitted(command: NewOrder, client: str, result: Result) -> Order:
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


def _execution_of(order: Order) -> OrderStatus:
    """What an order would show without requests and doubt; for a snapshot, which does not say."""
    if order.status not in (OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE, OrderStatus.UNKNOWN):
        return order.status
    return OrderStatus.PARTIALLY_FILLED if order.cum_quantity else OrderStatus.NEW


def _reported(order: Order, event: ExecutionReported) -> Order:
    return replace(
        order,
        quantity=event.quantity,
        price=event.price,
        cum_quantity=event.cum_quantity,
        leaves_quantity=event.leaves_quantity,
        average_price=event.average_price,
        cl_ord_id=event.cl_ord_id if event.exec_type is ExecType.REPLACED else order.cl_ord_id,
        venue_order_id=event.venue_order_id or order.venue_order_id,
    )
