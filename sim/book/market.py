"""One symbol: its book, the stop orders that wait beside it and the pegs that follow it.

`Market` decides what becomes of orders; it writes no ledger and no report. Every method that can make
something happen is a generator of events, and each event is given before the next is made.

After each order that entered, the market *settles*: stops that the last price triggers enter one by one, and
pegged orders whose reference moved are put to their new price, where they may trade. Both can make the other
happen again, so they alternate until nothing moves. That ends: a peg moves again only after a trade, a cancel
or a trigger, of which there are finitely many.
"""

from collections.abc import Iterator
from decimal import Decimal

from sim.book.book import Book
from sim.book.events import Ended, Event, Fill, Triggered
from sim.book.order import Order, OrderType, Status, TimeInForce
from sim.book.pegs import peg_price
from sim.book.stops import Stops

__all__ = ["Market"]


class Market:
    """Takes orders that were judged and accepted."""

    def __init__(self, book: Book, last_price: Decimal) -> None:
        self.book = book
        self.stops = Stops()
        self.last_price = last_price
        self._pegs: dict[str, Order] = {}

    def __len__(self) -> int:
        """Give the number of open orders."""
        unpriced = sum(order not in self.book for order in self._pegs.values())
        return len(self.book) + len(self.stops) + unpriced

    def __contains__(self, order: Order) -> bool:
        return order in self.book or order in self.stops or order.order_id in self._pegs

    def enter(self, order: Order) -> Iterator[Event]:
        """Let a new order in, or one that a replace took out."""
        yield from self._place(order)
        yield from self._settle()

    def withdraw(self, order: Order) -> Iterator[Event]:
        """Take an order out, whatever it was waiting for."""
        self.take_out(order)
        yield from self._settle()

    def take_out(self, order: Order) -> None:
        self.book.remove(order)
        self.stops.remove(order)
        self._pegs.pop(order.order_id, None)

    def amended(self) -> Iterator[Event]:
        """Take note of an order that was made smaller and kept its place."""
        yield from self._settle()

    def _place(self, order: Order) -> Iterator[Event]:
        if order.order_type.is_stop and not order.triggered:
            self.stops.add(order)
        elif order.peg is not None:
            self._pegs[order.order_id] = order
        else:
            yield from self._work(order, order.price)

    def _work(self, order: Order, limit: Decimal | None) -> Iterator[Event]:
        """Match, then rest or cancel what remains."""
        kind, tif = order.order_type, order.time_in_force
        if kind is OrderType.MARKET_TO_LIMIT and order.price is None:
            order.price = limit = self.book.best_opposite(order)
            if limit is None:
                yield _canceled(order, "nothing to trade with")
                return
        wanted = order.remaining if tif is TimeInForce.FOK else order.terms.min_quantity
        if wanted is not None and not self.book.fillable(order, limit, wanted):
            text = "fill or kill, and not fillable in full" if tif is TimeInForce.FOK else "below MinQty(110)"
            yield _canceled(order, text)
            return
        for event in self.book.match(order, limit):
            yield from self._follow(event)
        if not order.is_open:
            return
        if limit is None:
            yield _canceled(order, "no more to trade with at any price")
        elif tif.is_immediate:
            yield _canceled(order, "immediate or cancel")
        else:
            self.book.rest(order, limit)

    def _follow(self, event: Event) -> Iterator[Event]:
        if isinstance(event, Fill):
            self.last_price = event.price
            if self._pegs and not event.maker.is_open:
                self._pegs.pop(event.maker.order_id, None)
        elif isinstance(event, Ended) and self._pegs:
            self._pegs.pop(event.order.order_id, None)
        yield event

    def _settle(self) -> Iterator[Event]:
        while True:
            if len(self.stops) and (stop := self.stops.due(self.last_price)) is not None:
                stop.triggered = True
                yield Triggered(stop)
                yield from self._work(stop, stop.price)
                continue
            moved = self._peg_to_move() if self._pegs else None
            if moved is None:
                return
            yield from self._move(*moved)

    def _peg_to_move(self) -> tuple[Order, Decimal | None] | None:
        for order in self._pegs.values():
            price = peg_price(order, self.book)
            if price != self.book.resting_price(order):
                return order, price
        return None

    def _move(self, order: Order, price: Decimal | None) -> Iterator[Event]:
        self.book.remove(order)
        if price is None:
            return  # it waits, unseen, until there is a price to follow
        for event in self.book.match(order, price):
            yield from self._follow(event)
        if order.is_open:
            self.book.rest(order, price)
        else:
            self._pegs.pop(order.order_id, None)


def _canceled(order: Order, text: str) -> Ended:
    order.ended = Status.CANCELED
    return Ended(order, Status.CANCELED, text)
