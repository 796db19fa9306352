"""The rules of a market in the simplest words: lists that are searched from end to end.

Nothing is shared with `sim.book` but the values of its enums. Prices and quantities are fractions.
"""

from dataclasses import dataclass
from fractions import Fraction

DONE = ("canceled", "filled")


@dataclass
class Entry:
    """One order. `turn` is what time priority means."""

    name: str
    owner: str
    buy: bool
    kind: str  # market, limit, stop, stop_limit, to_limit, peg
    tif: str  # rest, ioc, fok
    quantity: Fraction
    price: Fraction | None = None
    stop: Fraction | None = None
    display: Fraction | None = None
    least: Fraction | None = None
    peg: str | None = None
    offset: Fraction = Fraction(0)
    filled: Fraction = Fraction(0)
    tranche: Fraction = Fraction(0)
    at: Fraction | None = None  # the price at which it rests
    turn: int = 0
    arrival: int = 0
    state: str = "out"  # out, waiting, resting, canceled, filled
    triggered: bool = False

    @property
    def left(self) -> Fraction:
        return self.quantity - self.filled

    @property
    def shown(self) -> Fraction:
        return self.left if self.display is None else self.tranche


class Model:
    def __init__(self, pro_rata: bool, prevention: str, last: int) -> None:
        self.pro_rata = pro_rata
        self.prevention = prevention
        self.last = Fraction(last)
        self.orders: list[Entry] = []
        self.turn = 0
        self.events: list[tuple] = []

    # --- what may be asked

    def enter(self, order: Entry) -> None:
        if order not in self.orders:
            self.orders.append(order)
        self.turn += 1
        order.arrival = self.turn
        if order.kind in ("stop", "stop_limit") and not order.triggered:
            order.state = "waiting"
        elif order.kind == "peg":
            order.state, order.at = "resting", None
        else:
            self.work(order, order.price)
        self.settle()

    def cancel(self, order: Entry) -> None:
        order.state = "canceled"
        self.settle()

    def shrink(self, order: Entry, quantity: Fraction) -> None:
        order.quantity = quantity
        order.tranche = min(order.display, order.left) if order.display is not None else Fraction(0)
        self.settle()

    def requeue(self, order: Entry, price: Fraction | None, quantity: Fraction) -> None:
        order.state, order.at = "out", None
        order.price, order.quantity = price, quantity
        self.enter(order)

    # --- how it works

    def against(self, order: Entry, limit: Fraction | None) -> list[Entry]:
        """Those that it would meet, best first."""
        met = [o for o in self.orders if o.state == "resting" and o.at is not None and o.buy != order.buy]
        met = [o for o in met if limit is None or (o.at <= limit if order.buy else o.at >= limit)]
        return sorted(met, key=lambda o: (o.at if order.buy else -o.at, o.turn))

    def own(self, order: Entry, other: Entry) -> bool:
        return self.prevention != "allow" and order.owner == other.owner

    def work(self, order: Entry, limit: Fraction | None) -> None:
        if order.kind == "to_limit" and order.price is None:
            met = self.against(order, None)
            if not met:
                return self.stop(order)
            order.price = limit = met[0].at
        wanted = order.left if order.tif == "fok" else order.least
        if wanted is not None and not self.could_fill(order, limit, wanted):
            return self.rest(order, limit) if order.tif == "rest" else self.stop(order)
        self.trade(order, limit)
        if order.state in DONE:
            return None
        if limit is None or order.tif != "rest":
            return self.stop(order)
        return self.rest(order, limit)

    def stop(self, order: Entry) -> None:
        order.state = "canceled"
        self.events.append(("ended", order.name))

    def rest(self, order: Entry, price: Fraction) -> None:
        self.turn += 1
        order.state, order.at, order.turn = "resting", price, self.turn
        if order.display is not None:
            order.tranche = min(order.display, order.left)

    def could_fill(self, order: Entry, limit: Fraction | None, wanted: Fraction) -> bool:
        met = self.against(order, limit)
        got = Fraction(0)
        for price in sorted({o.at for o in met}, reverse=not order.buy):
            level = [o for o in met if o.at == price]
            if self.prevention in ("cancel_newest", "cancel_both", "decrement") and any(
                o.owner == order.owner for o in level
            ):
                return False
            # Those who take anything come first; then each that is content with what is still there.
            for other in [o for o in level if o.least is None] + [o for o in level if o.least is not None]:
                there = order.left - got
                if not self.own(order, other) and (
                    other.least is None or there >= min(other.least, other.left)
                ):
                    got += min(there, other.left)
            if got >= wanted:
                return True
        return False

    @staticmethod
    def content(other: Entry, order: Entry) -> bool:
        """Whether an order brings what a resting one wants at least."""
        return other.least is None or order.left >= min(other.least, other.left)

    def trade(self, order: Entry, limit: Fraction | None) -> None:
        while order.state not in DONE:
            met = [o for o in self.against(order, limit) if self.content(o, order)]
            if not met:
                return
            level = [o for o in met if o.at == met[0].at]
            plain = [o for o in level if o.least is None]
            level = plain or level
            if self.pro_rata and plain:
                own = [o for o in level if self.own(order, o)]
                if own:
                    self.prevent(own[0], order)
                    continue
                for other, share in self.shares(level, order.left):
                    if share:
                        self.fill(other, order, share)
            elif self.own(order, level[0]):
                self.prevent(level[0], order)
            else:
                self.fill(level[0], order, min(level[0].shown, order.left))

    @staticmethod
    def shares(level: list[Entry], quantity: Fraction) -> list[tuple[Entry, Fraction]]:
        total = sum(o.shown for o in level)
        if quantity >= total:
            return [(o, o.shown) for o in level]
        shares = [Fraction(int(quantity * o.shown / total)) for o in level]
        left = quantity - sum(shares)
        for i, o in enumerate(level):
            more = min(left, o.shown - shares[i])
            shares[i], left = shares[i] + more, left - more
        return list(zip(level, shares, strict=True))

    def fill(self, maker: Entry, taker: Entry, quantity: Fraction) -> None:
        price = maker.at
        for order in (maker, taker):
            order.filled += quantity
            if not order.left:
                order.state = "filled"
        if maker.left and maker.display is not None:
            maker.tranche -= quantity
            if not maker.tranche:
                self.turn += 1
                maker.turn, maker.tranche = self.turn, min(maker.display, maker.left)
        self.last = price
        self.events.append(("fill", maker.name, taker.name, quantity, price))

    def prevent(self, maker: Entry, taker: Entry) -> None:
        if self.prevention == "decrement":
            quantity = min(maker.left, taker.left)
            for order in (maker, taker):
                if order.left == quantity:
                    self.stop(order)
                else:
                    order.quantity -= quantity
                    order.tranche = min(order.tranche, order.left)
                    self.events.append(("reduced", order.name))
            return
        if self.prevention in ("cancel_oldest", "cancel_both"):
            self.stop(maker)
        if self.prevention in ("cancel_newest", "cancel_both"):
            self.stop(taker)

    def settle(self) -> None:
        while True:
            if (stop := self.due_stop()) is not None:
                stop.triggered, stop.state = True, "out"
                self.events.append(("triggered", stop.name))
                self.work(stop, stop.price)
            elif (peg := self.moving_peg()) is not None:
                self.move(*peg)
            else:
                return

    def due_stop(self) -> Entry | None:
        waiting = [o for o in self.orders if o.state == "waiting"]
        due = [o for o in waiting if (self.last >= o.stop if o.buy else self.last <= o.stop)]
        due.sort(key=lambda o: (not o.buy, o.stop if o.buy else -o.stop, o.arrival))
        return due[0] if due else None

    def moving_peg(self) -> tuple[Entry, Fraction | None] | None:
        pegs = [o for o in self.orders if o.kind == "peg" and o.state == "resting"]
        for peg in sorted(pegs, key=lambda o: o.arrival):
            price = self.peg_price(peg)
            if price != peg.at:
                return peg, price
        return None

    def best(self, buy: bool) -> Fraction | None:
        prices = [
            o.at
            for o in self.orders
            if o.state == "resting"
            and o.buy == buy
            and o.kind != "peg"
            and o.at is not None
            and o.least is None
        ]
        return None if not prices else max(prices) if buy else min(prices)

    def peg_price(self, peg: Entry) -> Fraction | None:
        own, other = self.best(peg.buy), self.best(not peg.buy)
        reference = {"R": own, "P": other}.get(peg.peg)
        if peg.peg == "M" and own is not None and other is not None:
            reference = (own + other) / 2
        if reference is None or reference + peg.offset <= 0:
            return None
        price = reference + peg.offset
        if peg.price is None:
            return price
        return min(price, peg.price) if peg.buy else max(price, peg.price)

    def move(self, peg: Entry, price: Fraction | None) -> None:
        peg.at = None
        if price is None:
            return
        self.trade(peg, price)
        if peg.state not in DONE:
            self.rest(peg, price)

    def resting(self, buy: bool) -> list[Entry]:
        there = [o for o in self.orders if o.state == "resting" and o.buy == buy and o.at is not None]
        return sorted(there, key=lambda o: (-o.at if buy else o.at, o.turn))
