"""The trading day: phases, auctions, halts, expiry, what is carried over the night, splits."""

from decimal import Decimal

import pytest

CALENDAR = """\
liquidity: {enabled: false}
symbols: {ABC: {price: 10.00}}
calendar:
  timezone: Europe/Berlin
  days: [thu, fri, mon]
  phases:
    - {at: "12:00", phase: pre_open}
    - {at: "13:01", phase: opening_auction}
    - {at: "13:02", phase: continuous}
    - {at: "13:10", phase: closing_auction}
    - {at: "13:12", phase: closed}
"""
DAY = 86_400


def order(cl_ord_id, side="1", quantity="100", price="10.00", tif="0", kind="2"):
    limit = "" if price is None else f"|44={price}"
    return f"35=D|11={cl_ord_id}|55=ABC|54={side}|38={quantity}|40={kind}{limit}|59={tif}"


def shape(report):
    last = f"{report[32]}@{report[31]}" if 32 in report else None
    return (report[150], report[39], report[11], last)


@pytest.fixture
def venue(make_venue):
    """12:00 in Greenwich on a Thursday, 13:00 in Berlin: before the opening."""
    return make_venue(CALENDAR)


@pytest.fixture
def client(venue):
    return venue.client().logon("108=0")


def test_opening_auction_trades_all_at_one_price(venue, client):
    reports = client.say(
        order("b1", quantity="50", price="10.05"), order("b2", price="10.02"), order("s1", "2", "80", "10.00")
    )
    assert [r[150] for r in reports] == ["0", "0", "0"]
    market = venue.simulator.exchange.markets["ABC"]
    assert (market.indicative().price, market.indicative().volume) == (Decimal("10.02"), 80)
    assert client.heard(119) == []
    assert [shape(r) for r in client.heard(2)] == [
        ("F", "2", "b1", "50@10.02"),
        ("F", "1", "s1", "50@10.02"),
        ("F", "1", "b2", "30@10.02"),
        ("F", "2", "s1", "30@10.02"),
    ]
    assert client.say(order("s2", "2", "70", "10.02"))[-1][39] == "2"


def test_market_orders_come_first_in_the_auction_and_their_rest_is_canceled(client):
    client.say(
        order("s", "2", "100", "10.00"), order("b", price="10.50"), order("m", "1", "150", None, kind="1")
    )
    reports = client.heard(130)
    assert [shape(r) for r in reports] == [
        ("F", "1", "m", "100@10.5"),
        ("F", "2", "s", "100@10.5"),
        ("4", "4", "m", None),
    ]


def test_orders_for_the_opening_expire_with_it_and_come_too_late_after_it(client):
    client.say(order("o", tif="2"))
    assert [shape(r) for r in client.heard(130)] == [("C", "C", "o", None)]
    (report,) = client.say(order("late", tif="2"))
    assert (report[150], report[103]) == ("8", "4")


def test_orders_for_the_close_wait_for_it(venue, client):
    client.heard(130)
    client.say(order("c", tif="7", price="10.10"), "35=D|11=m|55=ABC|54=1|38=10|40=5")
    assert client.say(order("s", "2", "10", "10.00"))[-1][150] == "0"
    client.heard(480)
    assert [shape(r) for r in client.heard(120)] == [
        ("F", "2", "m", "10@10.1"),
        ("F", "2", "s", "10@10.1"),
        ("C", "C", "c", None),
    ]


def test_day_orders_expire_at_the_close_and_gtc_orders_are_carried(venue, client):
    client.heard(130)
    client.say(order("d"), order("g", tif="1"), order("x", tif="5"))
    reports = client.heard(600)
    assert [(r[150], r[11], r[60]) for r in reports] == [
        ("C", "d", "20260101-12:12:00.000"),
        ("C", "x", "20260101-12:12:00.000"),
    ]
    (refused,) = client.say(order("n"))
    assert (refused[150], refused[103], refused[58]) == ("8", "2", "the market is closed")
    client.heard(DAY)
    assert client.say(order("s", "2", "10", tif="0"))[0][150] == "8"  # Friday 12:12:10 in Greenwich: closed
    client.heard(3 * DAY - 300)
    assert client.say(order("s2", "2", "10"))[-1][150] == "F"
    assert client.inbox[-2][11] == "g"


def test_cancel_is_taken_while_the_market_is_closed(client):
    client.heard(130)
    client.say(order("g", tif="1"))
    client.heard(600)
    assert client.say("35=F|11=c|41=g|55=ABC|54=1")[0][39] == "4"


def test_day_without_trading_is_spent_closed(venue, client):
    client.heard(2 * DAY)
    assert venue.simulator.exchange.markets["ABC"].phase.value == "closed"
    client.heard(2 * DAY)
    assert venue.simulator.exchange.markets["ABC"].phase.value == "pre_open"


def test_holiday_is_no_trading_day(make_venue):
    venue = make_venue(CALENDAR.replace("  days:", "  holidays: [2026-01-02]\n  days:"))
    venue.advance(DAY)
    assert venue.simulator.exchange.markets["ABC"].phase.value == "closed"


def test_immediate_order_needs_continuous_trading(client):
    (report,) = client.say(order("i", tif="3"))
    assert (report[103], report[58]) == (
        "11",
        "an immediate order needs continuous trading; the phase is pre_open",
    )


def test_stop_waits_through_the_call_and_is_triggered_by_the_auction(client):
    client.say("35=D|11=st|55=ABC|54=1|38=5|40=3|99=10.30|59=1")
    client.say(order("b", price="10.40", quantity="10"), order("s", "2", "20", "10.40"))
    assert [shape(r) for r in client.heard(130)] == [
        ("F", "2", "b", "10@10.4"),
        ("F", "1", "s", "10@10.4"),
        ("D", "0", "st", None),
        ("F", "1", "s", "5@10.4"),
        ("F", "2", "st", "5@10.4"),
    ]


def test_crossing_order_is_good_till_the_next_auction(make_venue):
    venue = make_venue(CALENDAR + "exchange: {gtx: crossing}\n")
    client = venue.client().logon("108=0")
    client.heard(130)
    client.say(order("x", tif="5"))
    assert [shape(r) for r in client.heard(480)] == [("C", "C", "x", None)]


def test_carried_orders_are_done_for_the_day_and_restated_in_the_morning(make_venue):
    venue = make_venue(CALENDAR + "  report_done_for_day: true\n  restate_at_open: true\n")
    client = venue.client().logon("108=0")
    client.heard(130)
    client.say(order("g", tif="1"))
    (done,) = client.heard(600)
    assert (done[150], done[39], done[151]) == ("3", "3", "100")
    (restated,) = client.heard(DAY - 700)
    assert (restated[150], restated[39], restated[378]) == ("D", "0", "1")


def test_split_restates_open_orders_and_keeps_what_was_paid(make_venue):
    venue = make_venue(CALENDAR + "  splits: [{day: 2026-01-02, symbol: ABC, new: 2}]\n")
    client = venue.client().logon("108=0")
    client.heard(130)
    client.say(order("g", tif="1", price="10.01"), order("s", "2", "40", "10.01"))
    client.heard(600)
    (restated,) = client.heard(DAY - 700)
    assert {tag: restated[tag] for tag in (150, 39, 378, 38, 44, 14, 151, 6)} == {
        150: "D",
        39: "1",
        378: "0",
        38: "200",
        44: "5",
        14: "80",
        151: "120",
        6: "5.005",
    }
    ledger = venue.simulator.ledger.as_json()
    assert ledger["splits"] == [{"symbol": "ABC", "ratio": "2"}]
    assert {(p["bought"], p["sold"], p["bought_value"]) for p in ledger["positions"]} == {
        ("80", "80", "400.4")
    }
    assert ledger["imbalances"] == {}


def test_volatility_halts_the_symbol_and_an_auction_reopens_it(make_venue):
    venue = make_venue(
        "liquidity: {enabled: false}\nexchange: {halt_s: 60}\n"
        "symbols: {ABC: {price: 10.00, halt_percent: 5}, XYZ: {price: 10.00}}\n"
    )
    client = venue.client().logon("108=0")
    client.say(order("s1", "2", "10", "10.40"), order("s2", "2", "10", "10.60"))
    reports = client.say(order("b", quantity="30", price="11.00"))
    assert [shape(r) for r in reports] == [
        ("0", "0", "b", None),
        ("F", "2", "s1", "10@10.4"),
        ("F", "1", "b", "10@10.4"),
    ]
    phases = {s: m.phase.value for s, m in venue.simulator.exchange.markets.items()}
    assert phases == {"ABC": "halt", "XYZ": "continuous"}
    assert client.say(order("s3", "2", "5", "10.70"))[-1][150] == "0"
    assert client.heard(59) == []
    fills = client.heard(1)
    assert {(r[11], r[32], r[31]) for r in fills} == {
        ("b", "10", "11"),
        ("s2", "10", "11"),
        ("b", "5", "11"),
        ("s3", "5", "11"),
    }
    assert venue.simulator.exchange.markets["ABC"].phase.value == "continuous"


def test_background_traders_rest_while_the_market_is_closed(make_venue):
    venue = make_venue(CALENDAR.replace("enabled: false", "enabled: true, interval_ms: 5000"))
    venue.advance(780)
    assert len(venue.simulator.exchange.books["ABC"]) == 0
    assert venue.simulator.ledger.imbalances() == {}
    venue.advance(DAY - 120)
    assert len(venue.simulator.exchange.books["ABC"]) > 0
