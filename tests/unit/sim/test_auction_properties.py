"""Auctions against what can be counted by hand."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.book import Book, Fill, Market, Order, OrderType, Side, TimeInForce
from sim.phases import Phase

orders = st.lists(
    st.tuples(
        st.booleans(),
        st.one_of(st.integers(95, 105), st.integers(95, 105), st.none()),
        st.integers(1, 9),
        st.sampled_from([TimeInForce.DAY, TimeInForce.OPG]),
    ),
    max_size=25,
)


def gather(wishes):
    market = Market(Book(), Decimal(100))
    list(market.change(Phase.OPENING_AUCTION))
    entered = []
    for turn, (buy, price, quantity, tif) in enumerate(wishes):
        order = Order(
            order_id=f"o{turn}",
            owner="A",
            account="",
            symbol="ABC",
            side=Side.BUY if buy else Side.SELL,
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            time_in_force=tif,
            quantity=Decimal(quantity),
            price=None if price is None else Decimal(price),
            entered_at=turn,
        )
        list(market.enter(order))
        entered.append(order)
    return market, entered


def executable(wishes, price):
    """Give what can be executed at a price, and what is left over on the buying side less the selling side."""
    bought = sum(q for buy, limit, q, _ in wishes if buy and (limit is None or limit >= price))
    sold = sum(q for buy, limit, q, _ in wishes if not buy and (limit is None or limit <= price))
    return min(bought, sold), bought - sold


@given(orders)
@settings(deadline=None, max_examples=300)
def test_auction_executes_the_most_that_any_price_could(wishes):
    market, _ = gather(wishes)
    most = max(executable(wishes, price)[0] for price in range(94, 107))
    result = market.indicative()
    fills = [e for e in market.change(Phase.CONTINUOUS) if isinstance(e, Fill)]
    if result is None:
        assert (most, fills) == (0, [])
        return
    volume, surplus = executable(wishes, result.price)
    assert (volume, surplus) == (most, result.surplus)
    least = min(abs(executable(wishes, p)[1]) for p in range(95, 106) if executable(wishes, p)[0] == most)
    assert abs(surplus) == least or result.price in {limit for _, limit, _, _ in wishes}
    assert sum(fill.quantity for fill in fills) == most
    assert {fill.price for fill in fills} == {result.price}
    assert not market.book.is_crossed


@given(orders)
@settings(deadline=None, max_examples=300)
def test_auction_serves_in_priority_and_leaves_nothing_that_was_only_for_it(wishes):
    market, entered = gather(wishes)
    result = market.indicative()
    got = defaultdict(Decimal)
    for event in market.change(Phase.CONTINUOUS):
        if isinstance(event, Fill):
            got[event.maker.order_id] += event.quantity
            got[event.taker.order_id] += event.quantity
    for buy in (True, False):
        side = [(o, w[1]) for o, w in zip(entered, wishes, strict=True) if w[0] is buy]
        side.sort(key=lambda s: (s[1] is not None, 0 if s[1] is None else -s[1] if buy else s[1]))
        left = Decimal(0) if result is None else result.volume
        for order, _ in side:
            assert got[order.order_id] == min(order.quantity, left)
            left -= got[order.order_id]
    for order in entered:
        passing = order.order_type is OrderType.MARKET or order.time_in_force is TimeInForce.OPG
        assert order.is_open == (order in market)
        assert not (passing and order.is_open)
