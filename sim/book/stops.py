"""Stop orders that wait for their price."""

import heapq
from collections.abc import Iterator
from decimal import Decimal

from sim.book.order import Order

__all__ = ["Stops"]


class Stops:
    """Triggered by the last trade: at or above the stop price for a buy, at or below it for a sell.

    Of several that are due, buys go first, then the nearest price, then the first to come.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Order, int]] = {}
        # Entries of orders that were canceled or replaced stay until they surface: the number tells them.
        self._heaps: dict[bool, list[tuple[Decimal, int, Order]]] = {True: [], False: []}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, order: Order) -> bool:
        return order.order_id in self._waiting

    def __iter__(self) -> Iterator[Order]:
        return iter([order for order, _ in self._waiting.values()])

    def add(self, order: Order) -> None:
        assert order.terms.stop_price is not None
        self._count += 1
        self._waiting[order.order_id] = (order, self._count)
        key = order.terms.stop_price if order.is_buy else -order.terms.stop_price
        heapq.heappush(self._heaps[order.is_buy], (key, self._count, order))

    def remove(self, order: Order) -> bool:
        return self._waiting.pop(order.order_id, None) is not None

    def due(self, last: Decimal) -> Order | None:
        """Take out the next order that the last price triggers."""
        for is_buy, heap in self._heaps.items():
            while heap:
                key, count, order = heap[0]
                if self._waiting.get(order.order_id, (order, 0))[1] != count:
                    heapq.heappop(heap)
                    continue
                if key > (last if is_buy else -last):
                    break
                heapq.heappop(heap)
                del self._waiting[order.order_id]
                return order
        return None
