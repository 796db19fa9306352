"""An order that changes as events come, and the ways to wait for it.

What it was is a chain: each state points to the next one. Whoever iterates holds the state that he was given last, so
nobody misses one however slowly he reads, and states that nobody holds are gone. The state itself is an immutable
`Order` that is replaced as a whole, so it may be read from any thread.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol, Self

from gateway.client.decimals import Number
from gateway.client.enums import ExecType, OrderStatus
from gateway.client.errors import GatewayError, NotFilledError
from gateway.client.events import (
    CancelRequested,
    Event,
    ExecutionReported,
    HeldOrderEnded,
    OrderNotSent,
    OrderResolved,
    OrderUncertain,
    ReplaceRequested,
    RequestRejected,
)
from gateway.client.model import Order, Result
from gateway.client.order_view import OrderView
from gateway.client.terms import OrderTerms

__all__ = ["LiveOrder", "OrderChange", "OrderChanges", "OrderCommands"]

_ANSWERS = frozenset({ExecType.REPLACED, ExecType.CANCELED})
"""Reports that answer a request and bear its ClOrdID(11)."""


class OrderCommands(Protocol):
    """What an order asks its client for."""

    async def replace(
        self,
        client_order_id: str = "",
        *,
        order_id: int = 0,
        quantity: Number | None = None,
        price: Number | None = None,
        client_request_id: str = "",
        terms: OrderTerms | None = None,
        deadline_s: float | None = None,
    ) -> Result: ...

    async def cancel(
        self,
        client_order_id: str = "",
        *,
        order_id: int = 0,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """An order as it has become."""

    order: Order
    event: Event | None
    """What changed it; None where it was asked for: at first, and where the journal had let go of the events."""


class _State:
    """A state of an order, and the one after it."""

    __slots__ = ("change", "next")

    def __init__(self, change: OrderChange) -> None:
        self.change = change
        self.next: _State | None = None


class LiveOrder(OrderView):
    """An order as it is now. To be waited for on its client's event loop; reading is for any thread."""

    def __init__(
        self, order: Order, commands: OrderCommands | None = None, failure: GatewayError | None = None
    ) -> None:
        """Make an order that starts as `order`; `failure` is what waiting raises, where nothing more will come."""
        self._commands = commands
        self._failure = failure
        self._result: Result | None = None
        self._requests: dict[str, OrderStatus] = {}
        """Requests under way by ClOrdID(11), and what the order shows while they are."""
        self._terms: dict[str, OrderTerms] = {}
        """Rare terms that a replace under way asks for, by its ClOrdID(11)."""
        self._changed = asyncio.Event()
        self._state = _State(OrderChange(order=order, event=None))
        self._take_over(order)

    @property
    def snapshot(self) -> Order:
        return self._state.change.order

    @property
    def result(self) -> Result | None:
        return self._result

    def __aiter__(self) -> "OrderChanges":
        """Iterate over what becomes of it: first as it is now, then every change, until it has ended."""
        return OrderChanges(self)

    async def wait(self, until: Callable[[Order], bool], timeout_s: float | None = None) -> Order:
        """Wait until the order is as asked for; no state in between is passed over.

        Raises TimeoutError; ClientClosedError where its client is closed before.
        """
        async with asyncio.timeout(timeout_s):
            state = self._state
            while not until(state.change.order):
                state = await self._after(state)
            return state.change.order

    async def done(self, timeout_s: float | None = None) -> Order:
        """Wait until it has ended, in whichever way. Raises as `wait`."""
        return await self.wait(lambda order: not order.is_open, timeout_s)

    async def filled(self, timeout_s: float | None = None) -> Order:
        """Wait until all of it has traded. Raises NotFilledError where it ended otherwise; as `wait`."""
        order = await self.done(timeout_s)
        if order.status is not OrderStatus.FILLED:
            raise NotFilledError(order)
        return order

    async def replace(
        self,
        *,
        quantity: Number | None = None,
        price: Number | None = None,
        client_request_id: str = "",
        terms: OrderTerms | None = None,
        deadline_s: float | None = None,
    ) -> Result:
        """Replace its quantity (in total), price or both, as the client's `replace`."""
        return await self._client().replace(
            order_id=self.order_id,
            quantity=quantity,
            price=price,
            client_request_id=client_request_id,
            terms=terms,
            deadline_s=deadline_s,
        )

    async def cancel(self, *, client_request_id: str = "", deadline_s: float | None = None) -> Result:
        """Cancel what is left of it, as the client's `cancel`."""
        return await self._client().cancel(
            order_id=self.order_id, client_request_id=client_request_id, deadline_s=deadline_s
        )

    def take(self, order: Order) -> None:
        """Take a newer snapshot."""
        if order.lsn >= self.snapshot.lsn and order != self.snapshot:
            self._take_over(order)
            self._show(OrderChange(order=order, event=None))

    def take_event(self, order: Order, event: Event) -> None:
        """Take the order as its first event says it is."""
        if order.lsn >= self.snapshot.lsn:
            self._take_over(order)
            self._show(OrderChange(order=order, event=event))

    def answered(self, result: Result) -> None:
        """Take the answer to its submit."""
        self._result = result

    def fail(self, failure: GatewayError) -> None:
        """End all waiting: nothing more will come."""
        self._failure = failure
        self._tell()

    def apply(self, event: Event) -> None:
        """Take a newer event."""
        if event.lsn <= self.snapshot.lsn:
            return
        order, status = self.snapshot, None
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
        changed = replace(
            order,
            status=self._derived_status() if status is None else status,
            pending_requests=len(self._requests) + self._unnamed_requests,
            updated_at_ns=event.time_ns,
            lsn=event.lsn,
        )
        self._show(OrderChange(order=changed, event=event))

    def _client(self) -> OrderCommands:
        if self._commands is None or not self.order_id:
            raise GatewayError(f"{self!r} is not an order at the gateway; submit it first")
        return self._commands

    async def _after(self, state: _State) -> _State:
        while state.next is None:
            if self._failure is not None:
                raise self._failure
            await self._changed.wait()
        return state.next

    def _show(self, change: OrderChange) -> None:
        self._state.next = state = _State(change)
        self._state = state
        self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _take_over(self, order: Order) -> None:
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


class OrderChanges:
    """An asynchronous iterator over what becomes of an order. For one task at a time."""

    def __init__(self, live: LiveOrder) -> None:
        self._live = live
        self._next: _State | None = live._state
        self._given: _State | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> OrderChange:
        if self._given is None:
            assert self._next is not None
            self._given, self._next = self._next, None
        elif self._given.next is None and not self._given.change.order.is_open:
            raise StopAsyncIteration
        else:
            self._given = await self._live._after(self._given)
        return self._given.change


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
