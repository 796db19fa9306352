"""The market against the plain model: every kind of order, matching and self-trade prevention."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.book import (
    Book,
    Ended,
    Fill,
    Market,
    Order,
    OrderType,
    Peg,
    Prevention,
    Side,
    Status,
    Terms,
    TimeInForce,
    Triggered,
)
from tests.support import market_model

KINDS = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
    "to_limit": OrderType.MARKET_TO_LIMIT,
    "peg": OrderType.PEGGED,
}
TIFS = {"rest": TimeInForce.DAY, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}
START = 100

prices = st.integers(96, 104)
quantities = st.integers(1, 9)
optional = st.one_of(st.none(), st.integers(1, 4))
orders = st.fixed_dictionaries(
    {
        "owner": st.sampled_from("AB"),
        "buy": st.booleans(),
        "kind": st.sampled_from(["limit"] * 5 + ["peg"] + list(KINDS)),
        "tif": st.sampled_from(["rest", "rest", "rest", "ioc", "fok"]),
        "quantity": quantities,
        "price": prices,
        "stop": prices,
        "display": optional,
        "least": optional,
        "peg": st.sampled_from("RPMM"),
        "offset": st.integers(-2, 2),
        "bounded": st.booleans(),
    }
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("new"), orders),
        st.tuples(st.just("new"), orders),
        st.tuples(st.just("cancel"), st.integers(0, 40)),
        st.tuples(st.just("shrink"), st.integers(0, 40), quantities),
        st.tuples(st.just("requeue"), st.integers(0, 40), prices, quantities),
    ),
    max_size=40,
)


def asked(number, wish):
    """Turn what was drawn into an order that the exchange would let in."""
    kind, tif, quantity = wish["kind"], wish["tif"], wish["quantity"]
    if kind == "peg":
        tif = "rest"
    priced = kind in ("limit", "stop_limit") or (kind == "peg" and wish["bounded"])
    rests = tif == "rest" and kind != "market"
    least = tif == "ioc" or (tif == "rest" and kind == "limit" and not wish["display"])
    return {
        "name": f"o{number}",
        "owner": wish["owner"],
        "buy": wish["buy"],
        "kind": kind,
        "tif": tif,
        "quantity": quantity,
        "price": wish["price"] if priced else None,
        "stop": wish["stop"] if kind in ("stop", "stop_limit") else None,
        "display": min(wish["display"], quantity) if wish["display"] and rests else None,
        "least": min(wish["least"], quantity) if wish["least"] and least else None,
        "peg": wish["peg"] if kind == "peg" else None,
        "offset": wish["offset"] if kind == "peg" else 0,
    }


class Both:
    """The market and its model, fed with the same steps."""

    def __init__(self, matching, prevention):
        lot = Decimal(1) if matching == "pro_rata" else None
        self.market = Market(Book(lot, prevention), Decimal(START))
        self.model = market_model.Model(matching == "pro_rata", prevention.value, START)
        self.orders, self.entries, self.events = [], [], []
        self.bought = self.sold = Decimal(0)

    def apply(self, step):
        if step[0] == "new":
            wish = asked(len(self.orders), step[1])
            order, entry = real(wish), model(wish)
            self.orders.append(order)
            self.entries.append(entry)
            self.take(self.market.enter(order))
            self.model.enter(entry)
            return
        if not self.orders:
            return
        which = step[1] % len(self.orders)
        order, entry = self.orders[which], self.entries[which]
        if not order.is_open:
            assert entry.state in ("canceled", "filled")
            return
        if step[0] == "cancel":
            self.market.take_out(order)
            order.ended = Status.CANCELED
            self.take(self.market.amended())
            self.model.cancel(entry)
        elif step[0] == "shrink" and order.cum < step[2] <= order.quantity:
            order.quantity = Decimal(step[2])
            if order.display is not None:
                order.refresh()
            self.take(self.market.amended())
            self.model.shrink(entry, Fraction(step[2]))
        elif step[0] == "requeue" and order.cum < step[3]:
            self.market.take_out(order)
            price = step[2] if order.price is not None else None
            order.price = None if price is None else Decimal(price)
            order.quantity = Decimal(step[3])
            self.take(self.market.enter(order))
            self.model.requeue(entry, None if price is None else Fraction(price), Fraction(step[3]))

    def take(self, events):
        for event in events:
            if isinstance(event, Fill):
                names = (event.maker.order_id, event.taker.order_id)
                self.events.append(("fill", *names, Fraction(event.quantity), Fraction(event.price)))
                for order in (event.maker, event.taker):
                    if order.is_buy:
                        self.bought += event.quantity
                    else:
                        self.sold += event.quantity
            else:
                kind = "triggered" if isinstance(event, Triggered) else "reduced"
                kind = "ended" if isinstance(event, Ended) else kind
                self.events.append((kind, event.order.order_id))


def real(wish):
    def number(key):
        return None if wish[key] is None else Decimal(wish[key])

    return Order(
        order_id=wish["name"],
        owner=wish["owner"],
        account="",
        symbol="ABC",
        side=Side.BUY if wish["buy"] else Side.SELL,
        order_type=KINDS[wish["kind"]],
        time_in_force=TIFS[wish["tif"]],
        quantity=Decimal(wish["quantity"]),
        price=number("price"),
        entered_at=0,
        terms=Terms(
            stop_price=number("stop"),
            display=number("display"),
            min_quantity=number("least"),
            peg=None if wish["peg"] is None else Peg(wish["peg"]),
            peg_offset=Decimal(wish["offset"]),
        ),
    )


def model(wish):
    numbers = {
        key: None if wish[key] is None else Fraction(wish[key])
        for key in ("quantity", "price", "stop", "display", "least", "offset")
    }
    return market_model.Entry(**{**wish, **numbers})


@pytest.mark.parametrize("matching", ["price_time", "pro_rata"])
@pytest.mark.parametrize("prevention", list(Prevention))
@given(sequence=steps)
@settings(deadline=None, max_examples=60)
def test_market_does_what_the_model_does(matching, prevention, sequence):
    both = Both(matching, prevention)
    for step in sequence:
        both.apply(step)
        assert both.events == both.model.events
    assert both.bought == both.sold
    assert both.market.last_price == both.model.last
    for buy in (True, False):
        queue = [
            (o.order_id, Fraction(o.remaining), Fraction(o.remaining if o.is_hidden else o.shown))
            for o, _ in both.market.book.orders(buy)
        ]
        expected = [(o.name, o.left, o.left if o.peg == "M" else o.shown) for o in both.model.resting(buy)]
        assert queue == expected
    for order in both.orders:
        assert order.is_open == (order in both.market), order.order_id
