"""The exchange against a plain, slow model, and its ledger against the reports that it gave."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.book import OrderType, Side, Status, TimeInForce
from sim.book.order import ZERO
from sim.config.load import parse
from sim.exchange import CancelOrder, Exchange, ExecutionKind, NewOrder, ReplaceOrder
from sim.exchange.reports import CancelReject

SETTINGS = parse("symbols: {ABC: {price: 100, tick: 1}}", "test.yaml")
OWNERS = ("A", "B")


@dataclass
class Resting:
    """One order of the model. `turn` is what time priority means."""

    owner: str
    name: str
    buy: bool
    price: int
    quantity: int
    filled: int
    turn: int

    @property
    def left(self) -> int:
        return self.quantity - self.filled


class Model:
    """The rules in the simplest words: a list that is searched from end to end."""

    def __init__(self) -> None:
        self.orders: list[Resting] = []
        self.turn = 0
        self.fills: list[tuple[str, str, int, int]] = []

    def enter(self, owner, name, buy, price, quantity, tif, filled=0):
        """Match at the best price and, at that, the earliest turn; a price of None is a market order."""
        self.turn += 1
        order = Resting(owner, name, buy, price, quantity, filled, self.turn)
        against = [o for o in self.orders if o.buy != buy and self.crosses(order, o)]
        if tif is TimeInForce.FOK and sum(o.left for o in against) < order.left:
            return
        against.sort(key=lambda o: (o.price if buy else -o.price, o.turn))
        for other in against:
            traded = min(order.left, other.left)
            if traded:
                order.filled += traded
                other.filled += traded
                self.fills.append((other.name, order.name, traded, other.price))
        self.orders = [o for o in self.orders if o.left]
        if order.left and price is not None and tif in (TimeInForce.DAY, TimeInForce.GTC):
            self.orders.append(order)

    @staticmethod
    def crosses(order, other):
        if order.price is None:
            return True
        return order.price >= other.price if order.buy else order.price <= other.price

    def find(self, owner, name):
        return next((o for o in self.orders if (o.owner, o.name) == (owner, name)), None)

    def cancel(self, owner, name):
        self.orders = [o for o in self.orders if (o.owner, o.name) != (owner, name)]

    def replace(self, owner, name, new_name, price, quantity):
        order = self.find(owner, name)
        if order is None or quantity < order.filled:
            return
        if price == order.price and quantity <= order.quantity:
            order.quantity, order.name = quantity, new_name
            self.orders = [o for o in self.orders if o.left]
            return
        self.orders.remove(order)
        if quantity > order.filled:
            self.enter(owner, new_name, order.buy, price, quantity, TimeInForce.DAY, order.filled)


owners = st.sampled_from(OWNERS)
prices = st.integers(95, 105)
quantities = st.integers(1, 9)
new_orders = st.tuples(
    st.just("new"),
    owners,
    st.booleans(),
    st.one_of(prices, prices, prices, st.none()),
    quantities,
    st.sampled_from([TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
)
cancels = st.tuples(st.just("cancel"), owners, st.integers(0, 30))
replaces = st.tuples(st.just("replace"), owners, st.integers(0, 30), prices, quantities)
steps = st.lists(st.one_of(new_orders, new_orders, cancels, replaces), max_size=60)


class Run:
    """Both sides of the comparison, and every report."""

    def __init__(self) -> None:
        self.exchange = Exchange(SETTINGS, "T")
        self.model = Model()
        self.reports = []
        self.names = {owner: [] for owner in OWNERS}
        self.sides = {}
        self.count = 0

    def name(self, owner):
        self.count += 1
        return f"{owner}{self.count}"

    def apply(self, step):
        match step:
            case ("new", owner, buy, price, quantity, tif):
                name = self.name(owner)
                self.names[owner].append(name)
                self.sides[name] = buy
                self.model.enter(owner, name, buy, price, quantity, tif)
                kind = OrderType.MARKET if price is None else OrderType.LIMIT
                side = Side.BUY if buy else Side.SELL
                limit = None if price is None else Decimal(price)
                request = NewOrder(name, "", "ABC", side, kind, tif, Decimal(quantity), limit)
            case ("cancel", owner, which) if self.names[owner]:
                orig = self.names[owner][which % len(self.names[owner])]
                self.model.cancel(owner, orig)
                side = Side.BUY if self.sides[orig] else Side.SELL
                request = CancelOrder(self.name(owner), orig, "ABC", side)
            case ("replace", owner, which, price, quantity) if self.names[owner]:
                orig = self.names[owner][which % len(self.names[owner])]
                name = self.name(owner)
                self.names[owner].append(name)
                self.sides[name] = self.sides[orig]
                self.model.replace(owner, orig, name, price, quantity)
                side = Side.BUY if self.sides[orig] else Side.SELL
                request = ReplaceOrder(
                    name,
                    orig,
                    "ABC",
                    side,
                    OrderType.LIMIT,
                    TimeInForce.DAY,
                    Decimal(quantity),
                    Decimal(price),
                )
            case _:
                return
        self.reports += self.exchange.handle(step[1], request, self.count)

    @property
    def executions(self):
        return [r for r in self.reports if not isinstance(r, CancelReject)]


def run(sequence):
    both = Run()
    for step in sequence:
        both.apply(step)
    return both


@given(steps)
@settings(deadline=None, max_examples=300)
def test_book_trades_and_rests_as_the_model_does(sequence):
    both = run(sequence)
    trades = [
        (trade.buy, trade.sell, int(trade.quantity), int(trade.price))
        for trade in both.exchange.ledger.trades
    ]
    expected = [({maker, taker}, quantity, price) for maker, taker, quantity, price in both.model.fills]
    assert [({b.cl_ord_id, s.cl_ord_id}, q, p) for b, s, q, p in trades] == expected
    book = both.exchange.books["ABC"]
    for buy in (True, False):
        queue = [o for price, _ in book.depth(buy) for o in book.queue(buy, price)]
        resting = sorted(
            (o for o in both.model.orders if o.buy == buy),
            key=lambda o: (-o.price if buy else o.price, o.turn),
        )
        assert [(o.cl_ord_id, int(o.remaining)) for o in queue] == [(o.name, o.left) for o in resting]


@given(steps)
@settings(deadline=None, max_examples=200)
def test_ledger_is_the_sum_of_the_reports(sequence):
    both = run(sequence)
    ledger = both.exchange.ledger
    traded = [r for r in both.executions if r.kind is ExecutionKind.TRADE]
    filled, positions = defaultdict(Decimal), defaultdict(Decimal)
    for report in traded:
        filled[report.order_id] += report.last_quantity
        positions[report.owner, report.side] += report.last_quantity
    assert {o.order_id: o.cum for o in ledger.orders.values() if o.cum} == dict(filled)
    for (owner, _, _), position in ledger.positions.items():
        assert position.bought == positions[owner, Side.BUY]
        assert position.sold == positions[owner, Side.SELL]
    assert sum((p.bought for p in ledger.positions.values()), ZERO) == sum(
        (p.sold for p in ledger.positions.values()), ZERO
    )
    assert len(traded) == 2 * len(ledger.trades)


@given(steps)
@settings(deadline=None, max_examples=200)
def test_reports_of_an_order_tell_one_consistent_story(sequence):
    both = run(sequence)
    exec_ids = [r.exec_id for r in both.executions]
    assert len(exec_ids) == len(set(exec_ids))
    cum = defaultdict(Decimal)
    ended = set()
    for report in both.executions:
        assert report.order_id not in ended, "a report after the end"
        if report.kind is ExecutionKind.TRADE:
            cum[report.order_id] += report.last_quantity
        assert report.cum == cum[report.order_id]
        if report.status in (Status.CANCELED, Status.REJECTED):
            assert report.leaves == 0
            ended.add(report.order_id)
        else:
            assert report.leaves == report.quantity - report.cum
        assert (report.status is Status.FILLED) == (report.cum == report.quantity and report.leaves == 0)
    for order in both.exchange.ledger.orders.values():
        assert order.is_open == (order in both.exchange.books["ABC"])
