"""Orders that gather for an auction, and the auction."""

from collections.abc import Iterator
from decimal import Decimal

from sim.book.book import Book
from sim.book.events import Ended, Event, Fill
from sim.book.order import Order, OrderType, Status, TimeInForce
from sim.phases import Equilibrium, equilibrium

__all__ = ["Call"]


class Call:
    """What stands beside the book: orders without a price, and those that are for the close only.

    In an auction orders without a price come first, then the best price, then the first in time. Icebergs count
    with all they have. Orders with MinQty(110) take no part: an auction trades with whom it gets. Self-trade prevention
    does not apply: nobody takes and nobody makes.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._unpriced: dict[str, Order] = {}
        self._for_close: dict[str, Order] = {}
        # Priced orders that end with the auction: only they are looked through at its end.
        self._passing: dict[str, Order] = {}

    def __len__(self) -> int:
        return len(self._unpriced) + len(self._for_close)

    def __contains__(self, order: Order) -> bool:
        return order.order_id in self._unpriced or order.order_id in self._for_close

    def keep_for_close(self, order: Order) -> None:
        self._for_close[order.order_id] = order

    def join_close(self) -> None:
        """Let in what was kept for the closing auction."""
        for order in self._for_close.values():
            self.gather(order)
        self._for_close.clear()

    def gather(self, order: Order) -> None:
        if order.price is None:
            self._unpriced[order.order_id] = order
            return
        self._book.rest(order)
        if order.time_in_force in (TimeInForce.OPG, TimeInForce.CLS):
            self._passing[order.order_id] = order

    def remove(self, order: Order) -> None:
        for waiting in (self._unpriced, self._for_close, self._passing):
            waiting.pop(order.order_id, None)

    def equilibrium(self, reference: Decimal) -> Equilibrium | None:
        if not self._unpriced and not self._book.is_crossed:
            return None
        sides = [
            [(price, order.remaining) for order, price in self._ranked(is_buy)] for is_buy in (True, False)
        ]
        return equilibrium(sides[0], sides[1], reference)

    def auction(self, result: Equilibrium) -> Iterator[Event]:
        """Trade the volume at the one price. Of each pair the one that was there first is the maker."""
        buyers = self._matched(True, result)
        sellers = self._matched(False, result)
        buyer = seller = None
        while True:
            buyer = buyer if buyer is not None and buyer.is_open else next(buyers, None)
            seller = seller if seller is not None and seller.is_open else next(sellers, None)
            if buyer is None or seller is None:
                return
            quantity = min(buyer.remaining, seller.remaining)
            maker, taker = (buyer, seller) if buyer.entered_at <= seller.entered_at else (seller, buyer)
            for order in (buyer, seller):
                order.fill(quantity, result.price)
                if not order.is_open:
                    self._book.remove(order)
                    self.remove(order)
                elif order.display is not None:
                    order.refresh()
            yield Fill(maker, taker, quantity, result.price)

    def leftovers(self, price: Decimal | None, opening: bool, closing: bool) -> Iterator[Event]:
        """End what the auction left of orders that were for it; market-to-limit orders rest at its price."""
        for order in list(self._unpriced.values()):
            del self._unpriced[order.order_id]
            if order.order_type is OrderType.MARKET_TO_LIMIT and price is not None:
                order.price = price
                self._book.rest(order)
            else:
                yield _ended(order, "not executed in the auction")
        for order in list(self._passing.values()):
            ends = opening if order.time_in_force is TimeInForce.OPG else closing
            if ends:
                del self._passing[order.order_id]
                self._book.remove(order)
                yield _ended(order, "not executed in the auction")

    def _ranked(self, is_buy: bool) -> Iterator[tuple[Order, Decimal | None]]:
        for order in self._unpriced.values():
            if order.is_buy == is_buy:
                yield order, None
        yield from ((order, price) for order, price in self._book.orders(is_buy) if order.least is None)

    def _matched(self, is_buy: bool, result: Equilibrium) -> Iterator[Order]:
        """Yield those who trade on one side, in priority."""
        reached = [
            order
            for order, price in self._ranked(is_buy)
            if price is None or (price >= result.price if is_buy else price <= result.price)
        ]
        yield from reached


def _ended(order: Order, text: str) -> Ended:
    order.ended = Status.EXPIRED if order.order_type is not OrderType.MARKET else Status.CANCELED
    return Ended(order, order.ended, text)
