"""One symbol: its book, the stop orders that wait beside it, the pegs that follow it, and its phase.

`Market` decides what becomes of orders; it writes no ledger and no report. Every method that can make
something happen is a generator of events, and each event is given before the next is made.

While the market is continuous, it *settles* after each order that entered: stops that the last price triggers
enter one by one, and pegged orders whose reference moved are put to their new price, where they may trade. Both
can make the other happen again, so they alternate until nothing moves. That ends: a peg moves again only after
a trade, a cancel or a trigger, of which there are finitely many.

In a call phase orders gather. The book may be crossed then; orders without a price stand beside it, and pegs and
stops wait. An auction ends the call.
"""

from collections.abc import Iterator
from decimal import Decimal

from sim.book.book import Book
from sim.book.call import Call
from sim.book.events import Ended, Event, Fill, Halted, Triggered
from sim.book.order import Order, OrderType, Status, TimeInForce
from sim.book.pegs import peg_price
from sim.book.stops import Stops
from sim.phases import Equilibrium, Phase

__all__ = ["Market"]


class Market:
    """Takes orders that were judged and accepted.

    `halt_percent` bounds the prices at which one order may trade, around the last price before it: what would
    trade beyond makes the market halt.
    """

    def __init__(self, book: Book, last_price: Decimal, halt_percent: Decimal | None = None) -> None:
        self.book = book
        self.stops = Stops()
        self.call = Call(book)
        self.phase = Phase.CONTINUOUS
        self.last_price = last_price
        self.changes = 0
        """Grows with whatever happens here: who looks for news compares it."""
        self._halt_percent = halt_percent
        self._pegs: dict[str, Order] = {}

    def __len__(self) -> int:
        """Give the number of open orders."""
        unpriced = sum(order not in self.book for order in self._pegs.values())
        return len(self.book) + len(self.stops) + len(self.call) + unpriced

    def __contains__(self, order: Order) -> bool:
        beside = order in self.stops or order in self.call or order.order_id in self._pegs
        return order in self.book or beside

    def enter(self, order: Order) -> Iterator[Event]:
        """Let a new order in, or one that a replace took out."""
        self.changes += 1
        yield from self._place(order)
        yield from self._settle()

    def take_out(self, order: Order) -> None:
        """Forget an order, whatever it was waiting for. `amended` must follow."""
        self.changes += 1
        self.book.remove(order)
        self.stops.remove(order)
        self.call.remove(order)
        self._pegs.pop(order.order_id, None)

    def amended(self) -> Iterator[Event]:
        """Take note that an order was taken out, or was made smaller in its place."""
        self.changes += 1
        yield from self._settle()

    def change(self, phase: Phase) -> Iterator[Event]:
        """Go into another phase. A call that does not go on as another call ends in an auction."""
        self.changes += 1
        was, self.phase = self.phase, phase
        if phase is not Phase.CONTINUOUS:
            for order in self._pegs.values():
                self.book.remove(order)
        if phase is Phase.CLOSING_AUCTION:
            self.call.join_close()
        if was.is_call and not phase.is_call:
            yield from self._uncross(was)
        yield from self._settle()

    def indicative(self) -> Equilibrium | None:
        """Give what an auction would come to now."""
        return self.call.equilibrium(self.last_price)

    def _uncross(self, was: Phase) -> Iterator[Event]:
        """Hold the auction. What was for the auction only is ended by it."""
        result = self.indicative()
        if result is not None:
            for event in self.call.auction(result):
                yield from self._follow(event)
        opening = was in (Phase.PRE_OPEN, Phase.OPENING_AUCTION)
        price = None if result is None else result.price
        yield from self.call.leftovers(price, opening, was is Phase.CLOSING_AUCTION)

    def _place(self, order: Order) -> Iterator[Event]:
        if order.time_in_force is TimeInForce.CLS and self.phase is not Phase.CLOSING_AUCTION:
            self.call.keep_for_close(order)
        elif order.order_type.is_stop and not order.triggered:
            self.stops.add(order)
        elif order.peg is not None:
            self._pegs[order.order_id] = order
        elif self.phase is Phase.CONTINUOUS:
            yield from self._work(order, order.price)
        else:
            self.call.gather(order)

    def _work(self, order: Order, limit: Decimal | None) -> Iterator[Event]:
        """Match, then rest or cancel what remains."""
        kind, tif = order.order_type, order.time_in_force
        if kind is OrderType.MARKET_TO_LIMIT and order.price is None:
            order.price = limit = self.book.best_opposite(order)
            if limit is None:
                yield _canceled(order, "nothing to trade with")
                return
        wanted = order.remaining if tif is TimeInForce.FOK else order.terms.min_quantity
        if wanted is not None and not self.book.fillable(order, self._within(order, limit), wanted):
            if limit is not None and not tif.is_immediate:
                self.book.rest(
                    order, limit
                )  # what it could take stays; it waits for somebody who brings enough
                return
            text = "fill or kill, and not fillable in full" if tif is TimeInForce.FOK else "below MinQty(110)"
            yield _canceled(order, text)
            return
        for event in self.book.match(order, self._within(order, limit)):
            yield from self._follow(event)
        if not order.is_open:
            return
        halts = self._halt_percent is not None and self.book.crosses(order, limit)
        if limit is None:
            yield _canceled(order, "no more to trade with at any price")
        elif tif.is_immediate:
            yield _canceled(order, "immediate or cancel")
        else:
            self.book.rest(order, limit)
        if halts:
            yield from self.change(Phase.HALT)
            yield Halted(order.symbol, self.last_price)

    def _within(self, order: Order, limit: Decimal | None) -> Decimal | None:
        """Give the limit up to which an order may trade before the market halts."""
        if self._halt_percent is None:
            return limit
        reach = self.last_price * self._halt_percent / 100
        bound = self.last_price + reach if order.is_buy else self.last_price - reach
        if limit is None:
            return bound
        return min(limit, bound) if order.is_buy else max(limit, bound)

    def _follow(self, event: Event) -> Iterator[Event]:
        if isinstance(event, Fill):
            self.last_price = event.price
            if self._pegs and not event.maker.is_open:
                self._pegs.pop(event.maker.order_id, None)
        elif isinstance(event, Ended) and self._pegs:
            self._pegs.pop(event.order.order_id, None)
        yield event

    def _settle(self) -> Iterator[Event]:
        while self.phase is Phase.CONTINUOUS:
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
