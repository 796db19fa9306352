"""The time between a request's arrival and its processing.

With no delay a request is processed as it arrives. With one, it waits in arrival order, and that is when an
order is "pending": a second change to it is refused until the first is through.
"""

import heapq
from dataclasses import dataclass, field

from sim.config.settings import Acks
from sim.exchange.exchange import Exchange
from sim.exchange.refusals import cancel_reject
from sim.exchange.reports import CancelRejectReason, ExecutionKind, Report, execution_of
from sim.exchange.requests import CancelOrder, NewOrder, ReplaceOrder, Request
from sim.wire import MILLISECOND

__all__ = ["Intake"]


@dataclass(order=True, slots=True)
class _Held:
    due_at: int
    arrival: int
    owner: str = field(compare=False)
    request: Request = field(compare=False)
    order_id: str | None = field(compare=False)
    pending_key: tuple[str, str] | None = field(compare=False)


class Intake:
    """The queue in front of the exchange."""

    def __init__(self, acks: Acks, exchange: Exchange) -> None:
        self._acks = acks
        self._exchange = exchange
        self._held: list[_Held] = []
        self._arrivals = 0
        self._pending: set[tuple[str, str]] = set()

    def submit(self, owner: str, request: Request, now: int) -> list[Report]:
        """Process the request, or hold it; gives what is to be reported now."""
        if not self._acks.delay_ms:
            return self._exchange.handle(owner, request, now)
        pending_key: tuple[str, str] | None = None
        if isinstance(request, CancelOrder | ReplaceOrder):
            order = self._exchange.find(owner, request.orig_cl_ord_id)
            pending_key = (owner, request.orig_cl_ord_id if order is None else order.order_id)
            if pending_key in self._pending:
                text = "a cancel or replace of this order is pending"
                reason = CancelRejectReason.PENDING
                return [cancel_reject(owner, request, order, (reason, text), now)]
            self._pending.add(pending_key)
        order_id = self._exchange.ids.order() if isinstance(request, NewOrder) else None
        self._arrivals += 1
        due_at = now + self._acks.delay_ms * MILLISECOND
        heapq.heappush(self._held, _Held(due_at, self._arrivals, owner, request, order_id, pending_key))
        return self._report_pending(owner, request, now)

    def due(self, now: int) -> list[Report]:
        """Process what has waited long enough."""
        reports: list[Report] = []
        while self._held and self._held[0].due_at <= now:
            held = heapq.heappop(self._held)
            if held.pending_key is not None:
                self._pending.discard(held.pending_key)
            reports += self._exchange.handle(held.owner, held.request, now, held.order_id)
        return reports

    def due_at(self) -> int | None:
        return self._held[0].due_at if self._held else None

    def _report_pending(self, owner: str, request: Request, now: int) -> list[Report]:
        """Say "pending cancel" or "pending replace" of an open order.

        A new order is not yet judged, so is not told of.
        """
        if not self._acks.report_pending or not isinstance(request, CancelOrder | ReplaceOrder):
            return []
        order = self._exchange.find(owner, request.orig_cl_ord_id)
        if order is None or not order.is_open:
            return []
        is_cancel = isinstance(request, CancelOrder)
        return [
            execution_of(
                order,
                ExecutionKind.PENDING_CANCEL if is_cancel else ExecutionKind.PENDING_REPLACE,
                self._exchange.ids.execution(),
                now,
                cl_ord_id=request.cl_ord_id,
                orig_cl_ord_id=request.orig_cl_ord_id,
            )
        ]
