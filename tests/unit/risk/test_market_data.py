"""Quotes of W and X, and which of them become reference prices."""

import random
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.risk.market_data.book import Quote, QuoteBook
from gateway.risk.market_data.conflation import Conflation, ConflationTerms
from gateway.risk.market_data.service import Feed, update_of
from gateway.risk.market_data.session import SessionTerms, subscription
from gateway.v1.control_pb2 import ReferencePrice

SECOND = 1_000_000_000
CONFLATION = ConflationTerms(SECOND, D("0.5"), 30 * SECOND)
TERMS = SessionTerms("q", "FIX.4.4", "", "G", "SIM", "127.0.0.1", 1, 30, ("ACME", "OTHER"))


def message(text):
    return [(int(tag), value.encode()) for tag, _, value in (part.partition("=") for part in text.split("|"))]


def book_of(*texts):
    book = QuoteBook(["ACME", "OTHER"])
    for text in texts:
        book.take(message(text))
    return book


SNAPSHOT = "35=W|262=r|55=ACME|268=3|269=0|270=9.98|271=5|269=1|270=10.02|271=5|269=2|270=10.01|271=1"


def test_snapshot_gives_best_prices_and_the_last_trade():
    assert book_of(SNAPSHOT).quote("ACME") == Quote(D("9.98"), D("10.02"), D("10.01"))


def test_snapshot_replaces_what_was_there():
    book = book_of(SNAPSHOT, "35=W|55=ACME|268=1|269=0|270=9.50|271=5")
    assert book.quote("ACME") == Quote(D("9.50"), None, D("10.01"))


def test_updates_add_and_remove_prices_and_a_symbol_holds_for_the_next_entries():
    update = (
        "35=X|262=r|268=3|279=0|269=0|55=ACME|270=9.99|271=5|279=2|269=1|270=10.02|271=5|279=0|269=2|270=10"
    )
    assert book_of(SNAPSHOT, update).quote("ACME") == Quote(D("9.99"), None, D("10"))
    back = "35=X|268=2|279=2|269=0|55=ACME|270=9.99|279=0|269=1|55=OTHER|270=7"
    book = book_of(SNAPSHOT, update, back)
    assert book.quote("ACME").bid == D("9.98")
    assert book.quote("OTHER") == Quote(None, D(7), None)


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity", "x", "", "0.000000001", "1e30"])
def test_price_that_is_none_is_counted_and_not_taken(price):
    book = book_of(SNAPSHOT, f"35=X|268=1|279=0|269=0|55=ACME|270={price}")
    assert book.quote("ACME").bid == D("9.98")
    assert book.unusable_count == 1


def test_instrument_that_nobody_asked_for_is_counted_and_not_taken():
    assert (
        book_of("35=W|55=NONE|268=1|269=0|270=1", "35=X|268=1|279=0|269=0|55=NONE|270=1").unusable_count == 2
    )


@pytest.mark.parametrize(
    ("bid", "offer", "last", "reference"),
    [
        ("9.98", "10.02", "1", "10"),
        ("10.02", "9.98", "10.01", "10.01"),  # crossed
        ("10", "10", "9", "9"),  # locked
        (None, "10", "9", "9"),
        ("10", None, None, None),
        ("0.00000001", "0.00000002", None, "0.00000001"),  # half a step is rounded down
    ],
)
def test_reference_is_the_middle_or_the_last_trade(bid, offer, last, reference):
    quote = Quote(*(text and D(text) for text in (bid, offer, last)))
    assert quote.reference == (reference and D(reference))


@given(st.integers(0, 2**32))
def test_book_of_updates_is_that_of_a_plain_model(seed):
    dice = random.Random(seed)
    book, model = QuoteBook(["ACME"]), {"0": set(), "1": set()}
    for _ in range(40):
        kind, action, price = dice.choice("01"), dice.choice("012"), dice.randint(1, 9)
        book.take(message(f"35=X|268=1|279={action}|269={kind}|55=ACME|270={price}"))
        (model[kind].discard if action == "2" else model[kind].add)(price)
    quote = book.quote("ACME")
    assert (quote.bid, quote.offer) == (max(model["0"], default=None), min(model["1"], default=None))


def test_book_is_bounded_and_keeps_the_best():
    book = QuoteBook(["ACME"])
    for price in range(1, 2_001):
        book.take(
            message(f"35=X|268=2|279=0|269=0|55=ACME|270={price}|279=0|269=1|55=ACME|270={price + 5_000}")
        )
    assert book.quote("ACME").bid == 2_000
    assert book.quote("ACME").offer == 5_001


def test_first_price_is_taken_and_the_next_waits_for_the_interval():
    conflation = Conflation(CONFLATION)
    assert conflation.offer("A", D("10"), 0) == D("10")
    assert conflation.offer("A", D("10.01"), SECOND // 2) is None
    assert conflation.offer("A", D("10.02"), SECOND // 2 + 1) is None
    assert conflation.due(SECOND - 1) == []
    assert conflation.due(SECOND) == [("A", D("10.02"))]
    assert conflation.due(5 * SECOND) == []
    assert conflation.conflated_count == 1


def test_price_that_moves_far_does_not_wait():
    conflation = Conflation(CONFLATION)
    conflation.offer("A", D("10"), 0)
    assert conflation.offer("A", D("10.05"), 1) == D("10.05")
    assert conflation.offer("A", D("10.00"), 2) is None  # 0.4975 % back


def test_price_that_is_repeated_is_confirmed_now_and_then():
    conflation = Conflation(CONFLATION)
    conflation.offer("A", D("10"), 0)
    assert conflation.offer("A", D("10"), 29 * SECOND) is None
    assert conflation.offer("A", D("10"), 30 * SECOND) == D("10")


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, SECOND)), min_size=1, max_size=60))
def test_journal_gets_few_prices_and_ends_with_the_newest(moves):
    """However prices come: small moves at most one an interval, and once it is quiet the newest one is taken."""
    conflation = Conflation(CONFLATION)
    now, taken = 0, []
    for step, (move, gap) in enumerate(moves):
        now += gap
        price = D(100_000 + move % 400) if step else D(100_000)  # always below the threshold
        if (found := conflation.offer("A", price, now)) is not None:
            taken.append((found, now))
    assert all(later[1] - sooner[1] >= SECOND for sooner, later in pairwise(taken))
    taken += [(found, now + SECOND) for _, found in conflation.due(now + SECOND)]
    assert taken[-1][0] == price


def test_subscription_asks_for_bid_offer_and_trade_of_all_instruments():
    text = "|".join(f"{tag}={value.decode()}" for tag, value in subscription(TERMS, "q-1"))
    assert text == "262=q-1|263=1|264=1|265=1|267=3|269=0|269=1|269=2|146=2|55=ACME|55=OTHER"


@pytest.mark.parametrize(
    ("bid", "offer", "said"),
    [
        ("9.98", "10.02", ("9.98", "10.02")),
        ("10", "10", ("10", "10")),
        ("10.02", "9.98", ("0", "0")),  # crossed: nobody could trade at them
        (None, "10", ("0", "10")),
        (None, None, ("0", "0")),
    ],
)
def test_update_says_both_sides_and_their_time(bid, offer, said):
    quote = Quote(bid and D(bid), offer and D(offer), D("10"))
    update = update_of("ACME", D("10"), quote, 5 * SECOND + 7)
    assert (update.instrument, update.price, update.as_of.ToNanoseconds()) == ("ACME", "10", 5 * SECOND + 7)
    assert (update.references.bid, update.references.ask) == said
    assert update.references.quoted_at.ToNanoseconds() == 5 * SECOND + 7


class Core:
    def __init__(self):
        self.prices = []

    def set_references(self, update):
        said = ReferencePrice.FromString(update)
        if said.instrument == "OTHER":
            raise RuntimeError("disk full")
        self.prices.append((said.instrument, said.price))
        return 1


def test_feed_says_how_old_each_instrument_is_and_outlives_a_core_that_refuses(caplog):
    core, now = Core(), [100 * SECOND]
    feed = Feed(core, TERMS, CONFLATION, 60 * SECOND, now_ns=lambda: now[0])
    assert [(each.instrument, each.heard_ns, each.is_stale) for each in feed.states()] == [
        ("ACME", 0, True),
        ("OTHER", 0, True),
    ]
    feed.take(message(SNAPSHOT))
    now[0] += 60 * SECOND
    assert [each.is_stale for each in feed.states()] == [False, True]
    now[0] += 1
    assert [each.is_stale for each in feed.states()] == [True, True]
    feed.record(
        {
            "OTHER": update_of("OTHER", D("1.5"), Quote(None, None, D("1.5")), 1),
            "ACME": update_of("ACME", D("10.50"), Quote(None, None, D("10.50")), 1),
        }
    )
    assert core.prices == [("ACME", "10.50")]
    assert (feed.prices_taken, "disk full" in caplog.text) == (1, True)
