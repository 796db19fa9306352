"""Good-till-date orders, by the time at which they end."""

import heapq
from collections.abc import Iterator

from sim.book import Order, TimeInForce

__all__ = ["Expiry"]


class Expiry:
    """Entries of orders that ended or got another date stay until they surface, and are passed over."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Order]] = []
        self._count = 0

    def add(self, order: Order) -> None:
        """Take note of an order, new or replaced, that is good till a date; others are no matter."""
        if order.time_in_force is TimeInForce.GTD and order.terms.expire_at is not None:
            self._count += 1
            heapq.heappush(self._heap, (order.terms.expire_at, self._count, order))

    def due(self, now: int) -> Iterator[Order]:
        """Yield each open order whose time has come."""
        while (at := self.due_at()) is not None and at <= now:
            yield heapq.heappop(self._heap)[2]

    def due_at(self) -> int | None:
        while self._heap:
            at, _, order = self._heap[0]
            if order.is_open and order.time_in_force is TimeInForce.GTD and order.terms.expire_at == at:
                return at
            heapq.heappop(self._heap)
        return None
