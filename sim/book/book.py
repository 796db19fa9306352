"""A limit order book with price-time or pro-rata priority.

Each side keeps a sorted list of price keys with the best one last, so that the best level is read and removed
without a shift, and a queue of orders for each key. A key is the price, negated on the sell side: "best" then
means "greatest" on both. Queues are `OrderedDict`s because a plain dict slows down when it is emptied from
the front.
"""

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterator
from decimal import Decimal

from sim.book.events import Event, Fill
from sim.book.order import ZERO, Order
from sim.book.prorata import allocate
from sim.book.self_trade import Prevention, prevent

__all__ = ["Book"]


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
    """The resting orders of one symbol. Holds no rule but matching: what may enter is judged before.

    `pro_rata_lot` is the unit in which a level is shared out; without it a level is served first come, first
    served.
    """

    def __init__(
        self, pro_rata_lot: Decimal | None = None, prevention: Prevention = Prevention.ALLOW
    ) -> None:
        self._bids = _Half(1)
        self._asks = _Half(-1)
        self._lot = pro_rata_lot
        self._prevention = prevention
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

    @property
    def is_crossed(self) -> bool:
        """Tell whether buyers and sellers meet, as they may while no trading takes place."""
        bid, ask = self.best_bid, self.best_ask
        return bid is not None and ask is not None and bid >= ask

    def best_opposite(self, order: Order) -> Decimal | None:
        return self.best_ask if order.is_buy else self.best_bid

    def crosses(self, order: Order, limit: Decimal | None) -> bool:
        """Tell whether `order` would trade at once at `limit`; None is any price."""
        half = self._asks if order.is_buy else self._bids
        bound = None if limit is None else limit * half.sign
        for key in reversed(half.keys):
            if bound is not None and key < bound:
                return False
            if any(maker.takes(order) for maker in half.queues[key].values()):
                return True
        return False

    def best_unpegged(self, is_buy: bool) -> Decimal | None:
        """Give the best price that some order shows and has of itself: what pegs follow."""
        half = self._bids if is_buy else self._asks
        for key in reversed(half.keys):
            if any(order.peg is None and order.least is None for order in half.queues[key].values()):
                return key * half.sign
        return None

    def depth(self, is_buy: bool) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield price and whole quantity of each level, best first, what is not displayed included."""
        half = self._bids if is_buy else self._asks
        for key in reversed(half.keys):
            yield key * half.sign, sum((order.remaining for order in half.queues[key].values()), ZERO)

    def displayed(self, is_buy: bool, depth: int = 0) -> Iterator[tuple[Decimal, Decimal, int]]:
        """Yield price, displayed quantity and number of orders of each level that shows any, best first.

        `depth` is the most levels to give; 0 is all.
        """
        half = self._bids if is_buy else self._asks
        given = 0
        for key in reversed(half.keys):
            shown, count = ZERO, 0
            for order in half.queues[key].values():
                if not order.is_hidden:
                    shown += order.shown
                    count += 1
            if count:
                yield key * half.sign, shown, count
                given += 1
                if given == depth:
                    return

    def queue(self, is_buy: bool, price: Decimal) -> list[Order]:
        """Give the orders of one level, first in time first."""
        half = self._bids if is_buy else self._asks
        return list(half.queues.get(price * half.sign, {}).values())

    def orders(self, is_buy: bool) -> Iterator[tuple[Order, Decimal]]:
        """Yield each resting order with its price, in priority."""
        half = self._bids if is_buy else self._asks
        for key in reversed(half.keys):
            for order in half.queues[key].values():
                yield order, key * half.sign

    def resting_price(self, order: Order) -> Decimal | None:
        entry = self._resting.get(order.order_id)
        return None if entry is None else entry[1]

    def match(self, taker: Order, limit: Decimal | None) -> Iterator[Event]:
        """Trade `taker` as far as it crosses `limit`. What remains is for the caller to rest or to cancel.

        Each event is given before the next is made, so that a report taken in between shows the state after
        that event and no other. The caller must take them all, and leave the book alone meanwhile.
        """
        half = self._asks if taker.is_buy else self._bids
        bound = None if limit is None else limit * half.sign
        passed = 0  # levels where all that is left asks for more than the taker has
        while len(half.keys) > passed and taker.is_open:
            key = half.keys[-1 - passed]
            if bound is not None and key < bound:
                break
            queue = half.queues[key]
            price = key * half.sign
            if self._lot is not None:
                yield from self._shared(queue, taker, price, self._lot)
            yield from self._first_come(queue, taker, price)
            if queue:
                passed += 1
            elif half.queues.get(key) is queue:
                del half.queues[key]
                del half.keys[-1 - passed]

    @staticmethod
    def _next(queue: OrderedDict[str, Order], taker: Order) -> Order | None:
        """Give whom a taker meets next: those who take any quantity first, then those for whom it has enough."""
        first = next(iter(queue.values()))
        if first.least is None:
            return first
        plain = next((maker for maker in queue.values() if maker.least is None), None)
        return plain or next((maker for maker in queue.values() if maker.takes(taker)), None)

    def _first_come(self, queue: OrderedDict[str, Order], taker: Order, price: Decimal) -> Iterator[Event]:
        while queue and taker.is_open:
            maker = self._next(queue, taker)
            if maker is None:
                return
            if self._prevention is not Prevention.ALLOW and taker.is_self_match(maker):
                yield from self._prevented(queue, maker, taker)
                continue
            shown = maker.quantity - maker.cum if maker.display is None else maker.tranche
            yield self._fill(queue, maker, taker, min(shown, taker.quantity - taker.cum), price)

    def _shared(
        self, queue: OrderedDict[str, Order], taker: Order, price: Decimal, lot: Decimal
    ) -> Iterator[Event]:
        """Share the taker out among the level in proportion to what each order shows; MinQty(110) gets no share."""
        while taker.is_open:
            makers = [maker for maker in queue.values() if maker.least is None]
            if not makers:
                return
            if self._prevention is not Prevention.ALLOW:
                own = next((m for m in makers if taker.is_self_match(m)), None)
                if own is not None:
                    yield from self._prevented(queue, own, taker)
                    continue
            shown = [m.remaining if m.display is None else m.tranche for m in makers]
            for maker, quantity in zip(makers, allocate(shown, taker.remaining, lot), strict=True):
                if quantity:
                    yield self._fill(queue, maker, taker, quantity, price)

    def _fill(
        self, queue: OrderedDict[str, Order], maker: Order, taker: Order, quantity: Decimal, price: Decimal
    ) -> Fill:
        maker.fill(quantity, price)
        taker.fill(quantity, price)
        if maker.cum >= maker.quantity:
            del queue[maker.order_id]
            del self._resting[maker.order_id]
        elif maker.display is not None:
            maker.tranche -= quantity
            if not maker.tranche:
                maker.refresh()
                queue.move_to_end(maker.order_id)
        return Fill(maker, taker, quantity, price)

    def _prevented(self, queue: OrderedDict[str, Order], maker: Order, taker: Order) -> Iterator[Event]:
        for event in prevent(self._prevention, maker, taker):
            if not maker.is_open and queue.pop(maker.order_id, None) is not None:
                del self._resting[maker.order_id]
            yield event

    def fillable(self, taker: Order, limit: Decimal | None, wanted: Decimal) -> bool:
        """Tell whether `taker` would get `wanted` at once: what fill-or-kill and MinQty(110) ask first."""
        half = self._asks if taker.is_buy else self._bids
        bound = None if limit is None else limit * half.sign
        left = taker.remaining
        for key in reversed(half.keys):
            if bound is not None and key < bound:
                break
            makers = half.queues[key].values()
            if self._prevention.ends_taker and any(taker.is_self_match(m) for m in makers):
                # What lies before its own order in the queue may be reached; to count on it is too much.
                return False
            for maker in sorted(makers, key=lambda maker: maker.least is not None):
                if self._prevention is not Prevention.ALLOW and taker.is_self_match(maker):
                    continue
                if maker.least is None or left >= min(maker.least, maker.remaining):
                    left -= min(left, maker.remaining)
                if taker.remaining - left >= wanted:
                    return True
        return False

    def rest(self, order: Order, price: Decimal | None = None) -> None:
        """Add at the end of a price's queue: that of the order, or of a pegged one that of its peg."""
        price = order.price if price is None else price
        assert price is not None, "an order without a price cannot rest"
        assert order.order_id not in self._resting, f"{order.order_id} rests already"
        if order.display is not None:
            order.refresh()
        (self._bids if order.is_buy else self._asks).add(order, price)
        self._resting[order.order_id] = (order, price)

    def remove(self, order: Order) -> bool:
        """Take out of the book; False where it did not rest."""
        entry = self._resting.pop(order.order_id, None)
        if entry is None:
            return False
        (self._bids if order.is_buy else self._asks).remove(order.order_id, entry[1])
        return True
