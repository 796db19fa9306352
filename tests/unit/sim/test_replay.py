"""Recorded quotes and trades against a counterparty's orders: queue position, speed, files."""

from decimal import Decimal
from pathlib import Path

import pytest

from sim.config.load import parse
from sim.replay import Kind, Record
from sim.replay.files import RecordingError, read, write
from sim.replay.make import record
from sim.replay.rows import COLUMNS
from sim.simulator import Simulator
from sim.wire import SECOND

BASE = "liquidity: {enabled: false}\nsymbols: {ABC: {price: 10.00}}\n"
SAMPLE = Path(__file__).parents[3] / "sim" / "replay" / "sample.csv"
START = 1_767_268_800 * SECOND


def quote(at_ms, side, price, quantity):
    return Record(at_ms * 1_000_000, "ABC", Kind.QUOTE, side == "buy", Decimal(price), Decimal(quantity))


def trade(at_ms, side, price, quantity):
    return Record(at_ms * 1_000_000, "ABC", Kind.TRADE, side == "buy", Decimal(price), Decimal(quantity))


def order(cl_ord_id, side="1", quantity="10", price="10.00"):
    return f"35=D|11={cl_ord_id}|55=ABC|54={side}|38={quantity}|40=2|44={price}"


@pytest.fixture
def venue(make_venue):
    return make_venue(BASE)


def play(venue, records, speed="1"):
    venue.simulator.replay(records, venue.now, Decimal(speed))
    venue.advance(0)
    return venue.client().logon("108=0")


def fills(client):
    return [(m[11], m[32], m[31]) for m in client.inbox if m.get(150) == "F"]


def test_order_waits_behind_what_was_shown_when_it_came(venue):
    client = play(
        venue,
        [
            quote(0, "buy", "10.00", 50),
            trade(1000, "sell", "10.00", 40),
            trade(2000, "sell", "10.00", 15),
            trade(3000, "sell", "10.00", 30),
        ],
    )
    client.say(order("a"))
    client.heard(1)
    assert fills(client) == []
    client.heard(1)
    assert fills(client) == [("a", "5", "10")]
    client.heard(1)
    assert fills(client) == [("a", "5", "10")]


def test_what_is_added_later_queues_behind_the_order(venue):
    client = play(
        venue,
        [quote(0, "buy", "10.00", 5), quote(1000, "buy", "10.00", 100), trade(2000, "sell", "10.00", 15)],
    )
    client.say(order("a"))
    client.heard(2)
    assert fills(client) == [("a", "10", "10")]


def test_quote_with_less_takes_from_the_end_of_the_queue(venue):
    client = play(
        venue,
        [
            quote(0, "buy", "10.00", 5),
            quote(1000, "buy", "10.00", 100),
            quote(2000, "buy", "10.00", 5),
            trade(3000, "sell", "10.00", 12),
        ],
    )
    client.say(order("a"))
    client.heard(3)
    assert fills(client) == [("a", "7", "10")]


def test_quote_at_another_price_replaces_the_last(venue):
    client = play(
        venue,
        [quote(0, "sell", "10.00", 50), quote(1000, "sell", "10.02", 30), quote(2000, "sell", "10.02", 0)],
    )
    book = venue.simulator.exchange.books["ABC"]
    assert list(book.depth(False)) == [(Decimal("10.00"), 50)]
    client.heard(1)
    assert list(book.depth(False)) == [(Decimal("10.02"), 30)]
    client.heard(1)
    assert list(book.depth(False)) == []


def test_quote_through_the_order_fills_it_at_its_price(venue):
    client = play(venue, [quote(0, "sell", "10.05", 50), quote(1000, "sell", "9.98", 50)])
    client.say(order("a"))
    client.heard(1)
    assert fills(client) == [("a", "10", "10")]


def test_order_that_takes_trades_with_the_recorded_quote(venue):
    client = play(venue, [quote(0, "sell", "10.05", 50)])
    client.say(order("a", price="10.10"))
    assert fills(client) == [("a", "10", "10.05")]


@pytest.mark.parametrize(("speed", "seconds"), [("1", 10), ("5", 2), ("0.5", 20)])
def test_recording_is_played_at_the_given_speed(venue, speed, seconds):
    client = play(venue, [quote(0, "buy", "9.00", 1), quote(10_000, "buy", "9.50", 1)], speed)
    book = venue.simulator.exchange.books["ABC"]
    client.heard(Decimal(seconds) - Decimal("0.001"))
    assert book.best_bid == Decimal("9.00")
    client.heard(Decimal("0.001"))
    assert book.best_bid == Decimal("9.50")


def test_simulator_records_what_it_can_play_to_the_same_end(tmp_path):
    recorded = list(record(Simulator(parse("symbols: {ABC: {price: 10}}", "r"), 7, "R", START), START, 60))
    assert {r.kind for r in recorded} == {Kind.QUOTE, Kind.TRADE}
    assert write(tmp_path / "r.csv", recorded) == len(recorded)
    assert read(tmp_path / "r.csv") == recorded
    venue = Simulator(parse(BASE, "p"), 1, "P", START)
    venue.replay(recorded, START, Decimal(1))
    while (due := venue.due_at()) is not None:
        venue.tick(due)
    last = {r.is_buy: (r.price, r.quantity) for r in recorded if r.kind is Kind.QUOTE}
    book = venue.exchange.books["ABC"]
    assert {b: next(book.depth(b)) for b in (True, False)} == last


def test_sample_is_a_recording_of_the_simulator():
    records = read(SAMPLE)
    assert SAMPLE.stat().st_size < 200_000
    assert len({r.symbol for r in records}) > 1
    assert records == list(record(Simulator(parse("", "sample"), 1, "R", START), START, 60))


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ("a,b\n", "r.csv:1: the first line must be time_ns,symbol,kind,side,price,quantity"),
        ("", "r.csv: has no records"),
        (
            "1,ABC,quote,buy,1\n",
            "r.csv:2: expected 6 columns (time_ns, symbol, kind, side, price, quantity), was 5",
        ),
        ("x,ABC,quote,buy,1,1\n", "r.csv:2: time_ns must be UTC nanoseconds, was x"),
        ("1,ABC,tick,buy,1,1\n", "r.csv:2: kind must be quote or trade, was tick"),
        ("1,ABC,quote,up,1,1\n", "r.csv:2: side must be buy or sell, was up"),
        (
            "1,ABC,trade,buy,1,0\n",
            "r.csv:2: price and quantity must be above 0 (a quote's quantity may be 0)",
        ),
        ("1,ABC,trade,buy,one,1\n", "r.csv:2: price must be a decimal, was one"),
        ("2,ABC,trade,buy,1,1\n1,ABC,trade,buy,1,1\n", "r.csv:3: time_ns must not go back: 1 after 2"),
    ],
)
def test_faulty_recording_is_named_with_its_line(tmp_path, lines, error):
    file = tmp_path / "r.csv"
    head = "" if lines.startswith("a,b") else ",".join(COLUMNS) + "\n"
    file.write_text(head + lines)
    with pytest.raises(RecordingError) as caught:
        read(file)
    assert str(caught.value) == f"{tmp_path}/{error}"


def test_recording_that_waits_begins_with_the_first_order(venue):
    venue.simulator.replay([quote(0, "sell", "10.00", 5)], venue.now, Decimal(1), waits=True)
    client = venue.client().logon("108=0")
    venue.advance(60)
    book = venue.simulator.exchange.books["ABC"]
    assert list(book.depth(False)) == []
    client.say(order("a", price="9.00"))
    venue.advance(0)
    assert list(book.depth(False)) == [(Decimal("10.00"), 5)]


def test_recording_on_demand_stops_with_each_trade_of_a_counterparty_and_waits(venue):
    records = [
        quote(0, "buy", "9.00", 1),
        quote(1000, "sell", "10.00", 4),
        quote(1000, "buy", "9.50", 1),
        quote(2000, "sell", "10.00", 20),
        quote(3000, "sell", "10.05", 20),
    ]
    venue.simulator.replay(records, venue.now, None)
    client = venue.client().logon("108=0")
    assert client.heard(3600) == []
    client.say(order("a"))
    steps = []
    for _ in range(4):
        commands, step = venue.simulator.advance(venue.now)
        venue.carry_out(commands)
        steps.append((step.records, step.trades, step.trades_so_far, step.is_over))
    # Whole instants: the quote that came with the one that traded is there as well.
    assert steps == [(3, 1, 1, False), (1, 1, 2, False), (1, 0, 2, True), (0, 0, 2, True)]
    assert fills(client) == [("a", "4", "10"), ("a", "6", "10")]
