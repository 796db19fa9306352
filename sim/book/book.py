"""A limit order book with price-time priority.

Each side keeps a sorted list of price keys with the best one last, so that the best level is read and removed
without a shift, and a queue of orders for each key. A key is the price, negated on the sell side: "best" then
means "greatest" on both. Queues are `OrderedDict`s because a plain dict slows down when it is emptied from
the front.
"""

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sim.book.order import ZERO, Order, OrderType

__all__ = ["Book", "Fill"]


@dataclass(frozen=True, slots=True)
class Fill:
    """One match, at the maker's price."""

    maker: Order
    taker: Order
    quantity: Decimal
    price: Decimal


class _Half:
    """One side of the book."""

    __slots__ = ("keys", "queues", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[Decimal] = []
        self.queues: dict[Decimal, OrderedDict[str, Order]] = {}

    def add(self, order: Order, price: Decimal) -> None:
        key = price * self.sign
        queue = self.queues.get(key)
        if queue is None:
            queue = self.queues[key] = OrderedDict()
            insort(self.keys, key)
        queue[order.order_id] = order

    def remove(self, order_id: str, price: Decimal) -> None:
        key = price * self.sign
        queue = self.queues[key]
        del queue[order_id]
        if not queue:
            del self.queues[key]
            self.keys.remove(key)


class Book:
    """The resting orders of one symbol. Holds no rule but matching: what may enter is judged before."""

    def __init__(self) -> None:
        self._bids = _Half(1)
        self._asks = _Half(-1)
        # The price at which an order rests: `Order.price` may already hold that of a replace.
        self._resting: dict[str, tuple[Order, Decimal]] = {}

    def __contains__(self, order: Order) -> bool:
        return order.order_id in self._resting

    def __len__(self) -> int:
        return len(self._resting)

    @property
    def best_bid(self) -> Decimal | None:
        return self._bids.keys[-1] if self._bids.keys else None

    @property
    def best_ask(self) -> Decimal | None:
        return -self._asks.keys[-1] if self._asks.keys else None

    def depth(self, is_buy: bool) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield price and quantity of each level, best first."""
        half = self._bids if is_buy else self._asks
        for key in reversed(half.keys):
            yield key * half.sign, sum((order.remaining for order in half.queues[key].values()), ZERO)

    def queue(self, is_buy: bool, price: Decimal) -> list[Order]:
        """Give the orders of one level, first in time first."""
        half = self._bids if is_buy else self._asks
        return list(half.queues.get(price * half.sign, {}).values())

    def match(self, taker: Order) -> Iterator[Fill]:
        """Trade `taker` as far as it crosses. What remains is for the caller to rest or to cancel.

        Each fill is given before the next is made, so that a report taken in between shows the state after
        that fill and no other. The caller must take them all, and leave the book alone meanwhile.
        """
        half = self._asks if taker.is_buy else self._bids
        limit = self._limit(taker, half)
        while half.keys and taker.cum < taker.quantity:
            key = half.keys[-1]
            if limit is not None and key < limit:
                break
            price = key * half.sign
            queue = half.queues[key]
            while queue and taker.cum < taker.quantity:
                maker = next(iter(queue.values()))
                quantity = min(maker.remaining, taker.remaining)
                maker.fill(quantity, price)
                taker.fill(quantity, price)
                if maker.cum >= maker.quantity:
                    del queue[maker.order_id]
                    del self._resting[maker.order_id]
                    if not queue:
                        del half.queues[key]
                        half.keys.pop()
                yield Fill(maker, taker, quantity, price)

    def can_fill(self, taker: Order) -> bool:
        """Tell whether `taker` would be filled in full: what fill-or-kill asks first."""
        half = self._asks if taker.is_buy else self._bids
        limit = self._limit(taker, half)
        wanted = taker.remaining
        for key in reversed(half.keys):
            if limit is not None and key < limit:
                break
            for maker in half.queues[key].values():
                wanted -= maker.remaining
                if wanted <= ZERO:
                    return True
        return False

    def rest(self, order: Order) -> None:
        """Add at the end of its price's queue."""
        assert order.price is not None, "a market order cannot rest"
        assert order.order_id not in self._resting, f"{order.order_id} rests already"
        (self._bids if order.is_buy else self._asks).add(order, order.price)
        self._resting[order.order_id] = (order, order.price)

    def remove(self, order: Order) -> bool:
        """Take out of the book; False where it did not rest."""
        entry = self._resting.pop(order.order_id, None)
        if entry is None:
            return False
        (self._bids if order.is_buy else self._asks).remove(order.order_id, entry[1])
        return True

    @staticmethod
    def _limit(taker: Order, half: _Half) -> Decimal | None:
        if taker.order_type is OrderType.MARKET or taker.price is None:
            return None
        return taker.price * half.sign
