"""The background traders."""

import itertools

from sim.book.order import ZERO

ORDER = "35=D|55=ABC|40=2"
CONFIG = "symbols: {ABC: {price: 10.00}}\n"


def test_same_seed_and_ticks_give_the_same_bytes(make_venue):
    def run():
        venue = make_venue(CONFIG)
        client = venue.client().logon()
        heard = client.say(f"{ORDER}|11=a|54=1|38=500|44=10.50") + client.heard(20)
        return heard, venue.simulator.ledger.as_json()

    first, second = run(), run()
    assert first == second
    assert len(first[0]) > 3


def test_order_at_the_market_gets_partial_fills_and_is_filled(make_venue):
    client = make_venue(CONFIG).client().logon("108=0")
    statuses = [m[39] for m in client.say(f"{ORDER}|11=a|54=1|38=400|44=10.02") + client.heard(60)]
    assert statuses[0] == "0"
    assert "1" in statuses
    assert statuses[-1] == "2"


def test_passive_order_at_the_best_price_is_filled_by_takers(make_venue):
    venue = make_venue(CONFIG)
    client = venue.client().logon("108=0")
    venue.advance(1)
    bid = venue.simulator.exchange.books["ABC"].best_bid
    client.say(f"{ORDER}|11=a|54=1|38=20|44={bid}")
    assert "2" in [m[39] for m in client.heard(120)]


def test_book_is_never_crossed_and_trade_is_conserved(make_venue):
    venue = make_venue("")
    for _ in range(120):
        venue.advance(1)
        for book in venue.simulator.exchange.books.values():
            assert book.best_bid < book.best_ask
    ledger = venue.simulator.ledger
    assert ledger.imbalances() == {}
    assert sum((p.bought for p in ledger.positions.values()), ZERO) > 0


def test_background_trading_leaves_nothing_behind_but_sums(make_venue):
    venue = make_venue("")
    venue.advance(60)
    resting = sum(len(book) for book in venue.simulator.exchange.books.values())
    positions = len(venue.simulator.ledger.positions)
    venue.advance(240)
    assert venue.simulator.ledger.orders == {}
    assert venue.simulator.ledger.trades == []
    assert len(venue.simulator.ledger.positions) == positions
    assert sum(len(book) for book in venue.simulator.exchange.books.values()) <= resting * 2


def test_liquidity_that_is_off_does_nothing(venue):
    venue.advance(60)
    assert all(len(book) == 0 for book in venue.simulator.exchange.books.values())
    assert venue.simulator.due_at() is None


def test_trend_moves_the_price_in_one_direction_and_then_ends(make_venue):
    venue = make_venue(
        "symbols: {ABC: {price: 10.00}}\n"
        "liquidity: {move_probability: 1, trend_probability: 1, trend_steps: 20, interval_ms: 100}\n"
    )
    book, middles = venue.simulator.exchange.books["ABC"], []
    for _ in range(20):
        venue.simulator.tick(venue.simulator.due_at())
        middles.append(book.best_bid + book.best_ask)
    moves = [b - a for a, b in itertools.pairwise(middles)]
    assert all(move > 0 for move in moves) or all(move < 0 for move in moves)
