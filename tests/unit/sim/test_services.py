"""What the venue answers beside orders, in each version's words. Every message is held against its dictionary."""

from decimal import Decimal

import pytest
import simplefix

from sim.exchange.amend import find_trade
from sim.phases import Phase
from tests.support import fix_dictionary

BASE = """\
liquidity: {enabled: false}
symbols: {ABC: {price: 10.00}, XYZ: {price: 100, tick: 0.5, lot: 10}}
roles: {COPY: {drop_copy_of: [GW]}, COPY42: {drop_copy_of: ["*"]}}
"""
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIXT.1.1")
LATER = VERSIONS[1:]


def order(cl_ord_id, side="1", quantity="100", price="10.00", symbol="ABC", more=""):
    return f"35=D|11={cl_ord_id}|55={symbol}|54={side}|38={quantity}|40=2|44={price}{more}"


def messages(client):
    """Give all that a client got as lists of tag and value, groups included."""
    parser = simplefix.FixParser()
    parser.append_buffer(client.bytes)
    found = []
    while (message := parser.get_message()) is not None:
        found.append([(int(tag), value.decode("latin-1")) for tag, value in message.pairs])
    return found


def values(message, tag):
    return [value for t, value in message if t == tag]


@pytest.fixture
def venue(make_venue):
    venue = make_venue(BASE)
    yield venue
    faults = [f for c in venue.clients.values() for m in messages(c) for f in fix_dictionary.faults(m)]
    assert faults == []


@pytest.fixture(params=VERSIONS)
def client(venue, request):
    return venue.client("GW", request.param).logon("108=0")


@pytest.fixture(params=LATER)
def later(venue, request):
    return venue.client("GW", request.param).logon("108=0")


# --- mass requests


def test_mass_cancel_ends_all_open_orders_of_the_counterparty_only(venue, later):
    other = venue.client("OTHER").logon("108=0")
    other.say(order("o", price="9.00"))
    later.say(order("a"), order("b", "2", "10", "100", "XYZ"), order("c", price="9.99"))
    report, *canceled = later.say("35=q|11=m|530=7|60=20260101-12:00:00")
    assert (report[35], report[11], report[530], report[531], report[533]) == ("r", "m", "7", "7", "3")
    ids = [venue.simulator.exchange.find("GW", name).order_id for name in "abc"]
    assert values(messages(later)[-4], 535) == ids
    assert [(r[11], r[150], r[39]) for r in canceled] == [(n, "4", "4") for n in "abc"]
    assert other.say("35=H|11=o|55=ABC|54=1")[0][39] == "0"


def test_mass_cancel_of_one_symbol_and_side(later):
    later.say(
        order("a"),
        order("b", price="9.99"),
        order("s", "2", price="11.00"),
        order("x", "1", "10", "100", "XYZ"),
    )
    report, *canceled = later.say("35=q|11=m|530=1|55=ABC|54=1|60=20260101-12:00:00")
    assert (report[533], [r[11] for r in canceled]) == ("2", ["a", "b"])


@pytest.mark.parametrize(
    ("fields", "reason"), [("530=1|55=NOPE", "1"), ("530=5", "99"), ("530=7|11=a", "99")]
)
def test_mass_cancel_that_cannot_be_served_is_refused_and_cancels_nothing(later, fields, reason):
    later.say(order("a"))
    name = "" if "11=" in fields else "|11=m"
    (report,) = later.say(f"35=q{name}|{fields}|60=20260101-12:00:00")
    assert (report[35], report[531], report[532]) == ("r", "0", reason)
    assert later.say("35=H|11=a|55=ABC|54=1")[0][39] == "0"


def test_mass_status_tells_of_every_open_order(later):
    later.say(order("a"), order("b", "2", "10", "100", "XYZ"))
    later.say("35=F|11=c|41=b|55=XYZ|54=2")
    later.say(order("d", price="9.00"))
    reports = later.say("35=AF|584=q1|585=7")
    assert [(r[11], r[150], r[584], r[911], r[912]) for r in reports] == [
        ("a", "I", "q1", "2", "N"),
        ("d", "I", "q1", "2", "Y"),
    ]


def test_mass_status_without_orders_is_one_report_that_says_so(later):
    (report,) = later.say("35=AF|584=q1|585=7")
    assert (report[39], report[58], report[911], report[912]) == ("8", "no open orders", "0", "Y")


@pytest.mark.parametrize(
    "text",
    [
        "q|11=m|530=7|60=20260101-12:00:00",
        "AF|584=q|585=7",
        "AN|710=p|724=0",
        "AD|568=t|569=0",
        "x|320=s|559=4",
    ],
)
def test_request_that_fix42_does_not_have_is_a_business_reject(venue, text):
    (answer,) = venue.client("GW", "FIX.4.2").logon("108=0").say(f"35={text}")
    assert (answer[35], answer[380]) == ("j", "3")


# --- busts and corrections


@pytest.fixture
def traded(venue, client):
    """GW bought 60 of 100 at 9.90 from OTHER."""
    other = venue.client("OTHER").logon("108=0")
    other.say(order("s", "2", "60", "9.90"))
    client.say(order("b"))
    return client, other, find_trade(venue.simulator.exchange, client.inbox[-1][17])


def test_bust_is_told_to_both_sides_in_their_dialect(venue, traded):
    client, other, trade = traded
    fill = client.inbox[-1]
    client.inbox, other.inbox = [], []
    venue.carry_out(venue.simulator.bust(trade, venue.now))
    report, refill = client.inbox
    assert (refill[32], refill[31], refill[14]) == ("60", "10", "60")
    is_42 = report[8] == "FIX.4.2"
    assert (report[150], report.get(20)) == (("0", "1") if is_42 else ("H", None))
    assert (report[19], report[39], report[14], report[151], report[32], report[31], report[6]) == (
        fill[17],
        "0",
        "0",
        "100",
        "60",
        "9.9",
        "0",
    )
    assert [r[150] for r in other.inbox] == [
        "H",
        "F",
    ]  # what was taken back queues again, and meets the buyer
    ledger = venue.simulator.ledger
    assert ledger.imbalances() == {}
    assert [t.quantity for t in ledger.trades] == [60]


def test_bust_of_an_order_that_cannot_rest_cancels_it(venue, client):
    venue.client("OTHER").logon("108=0").say(order("s", "2", "60", "9.90"))
    client.say(order("b", quantity="60", more="|59=3"))
    venue.carry_out(venue.simulator.bust(venue.simulator.ledger.trades[0], venue.now))
    assert (client.inbox[-1][39], client.inbox[-1][151]) == ("4", "0")
    assert venue.simulator.ledger.trades == []


def test_correction_changes_quantity_and_price(venue, traded):
    client, _, trade = traded
    fill = client.inbox[-1]
    client.inbox = []
    venue.carry_out(venue.simulator.correct(trade, venue.now, Decimal(50), Decimal("9.80")))
    report, refill = client.inbox
    assert (refill[150], refill[32], refill[31]) == ("1" if refill[8] == "FIX.4.2" else "F", "10", "10")
    is_42 = report[8] == "FIX.4.2"
    assert (report[150], report.get(20)) == (("1", "2") if is_42 else ("G", None))
    assert (report[19], report[32], report[31], report[14], report[151], report[6]) == (
        fill[17],
        "50",
        "9.8",
        "50",
        "50",
        "9.8",
    )
    ledger = venue.simulator.ledger
    assert ledger.imbalances() == {}
    assert {(p.bought_value or p.sold_value) for p in ledger.positions.values()} == {Decimal(490 + 100)}


def test_correction_beyond_what_was_ordered_is_refused_and_changes_nothing(venue, traded):
    trade = traded[2]
    with pytest.raises(ValueError, match="T-T1 can be corrected to 60 at most, was asked for 61"):
        venue.simulator.correct(trade, venue.now, Decimal(61))
    assert venue.simulator.ledger.trades == [trade]
    assert venue.simulator.ledger.imbalances() == {}


def test_trade_that_is_not_known_is_noted_in_the_ledger(venue, traded):
    client, _, trade = traded
    assert (
        client.say(f"35=Q|37={trade.buy.order_id}|17={trade.buy.exec_id}|127=A|55=ABC|54=1|58=not ours") == []
    )
    (noted,) = venue.simulator.ledger.as_json("GW")["disowned_trades"]
    assert (noted["exec_id"], noted["reason"], noted["text"]) == (trade.buy.exec_id, "A", "not ours")


# --- positions and trades


def test_positions_are_acknowledged_and_reported_one_by_one(venue, later):
    venue.client("OTHER").logon("108=0").say(
        order("s", "2", "60", "9.90"), order("x", "1", "20", "100", "XYZ")
    )
    later.say(order("b", more="|1=ACC"), order("y", "2", "20", "100", "XYZ", "|1=ACC"))
    ack, *reports = later.say("35=AN|710=p1|724=0|1=ACC|581=1|715=20260101|60=20260101-12:00:00")
    assert (ack[35], ack[710], ack[727], ack[728]) == ("AO", "p1", "2", "0")
    raw = messages(later)[-2:]
    assert [(r[35], r[55]) for r in reports] == [("AP", "ABC"), ("AP", "XYZ")]
    assert [values(m, 704) for m in raw] == [["60", "60"], ["0", "0"]]
    assert [values(m, 705) for m in raw] == [["0", "0"], ["20", "20"]]


def test_no_positions_are_an_acknowledgement_that_says_so(later):
    (ack,) = later.say("35=AN|710=p1|724=0|1=ACC|581=1|715=20260101|60=20260101-12:00:00")
    assert (ack[35], ack[727], ack[728], ack[729]) == ("AO", "0", "2", "0")


def test_trades_are_acknowledged_and_reported_one_by_one(venue, later):
    other = venue.client("OTHER").logon("108=0")
    other.say(order("s", "2", "60", "9.90"), order("s2", "2", "30", "9.95"))
    later.say(order("b", more="|1=ACC"), order("c", "1", "10", "9.95"))
    ack, *reports = later.say("35=AD|568=t1|569=0")
    assert (ack[35], ack[568], ack[748], ack[749]) == ("AQ", "t1", "2", "0")
    assert [(r[35], r[55], r[32], r[31], r[11], r[912]) for r in reports] == [
        ("AE", "ABC", "60", "9.9", "b", "N"),
        ("AE", "ABC", "30", "9.95", "b", "Y"),
    ]
    ack, *reports = later.say(f"35=AD|568=t2|569=1|17={reports[0][17]}")
    assert (ack[748], reports[0][11]) == ("1", "b")
    (ack,) = later.say("35=AD|568=t3|569=1|55=XYZ")
    assert (ack[748], ack[750]) == ("0", "1")
    (ack,) = later.say("35=AD|568=t4|569=6")
    assert (ack[749], ack[750]) == ("8", "2")


def test_trades_are_followed_until_that_is_ended(venue, later):
    other = venue.client("OTHER").logon("108=0")
    other.say(order("s", "2", "10", "9.90"))
    later.say(order("b", quantity="10"))
    ack, first = later.say("35=AD|568=t1|569=1|55=ABC|263=1")
    assert (ack[748], ack[749], ack[750]) == ("1", "0", "0")
    assert (first[35], first[487], first[912]) == ("AE", "0", "Y")
    (refused,) = later.say("35=AD|568=t1|569=0|263=1")
    assert (refused[749], refused[750], refused[58]) == ("99", "2", "TradeRequestID(568) t1 is in use")

    other.say(order("x", "2", "20", "100", "XYZ"), order("s2", "2", "10", "9.90"))
    later.say(order("y", quantity="20", price="100", symbol="XYZ"))
    *_, report = later.say(order("b2", quantity="10"))
    assert (report[35], report[487], report[325], report[11], report[32]) == ("AE", "0", "Y", "b2", "10")
    assert [m[55] for m in messages_of(later, "AE")] == ["ABC"], "XYZ was not asked for"

    trade = find_trade(venue.simulator.exchange, report[17])
    later.inbox = []
    venue.carry_out(venue.simulator.correct(trade, venue.now, price=Decimal("9.80")))
    venue.carry_out(venue.simulator.bust(venue.simulator.ledger.trades[-1], venue.now))
    told = messages_of(later, "AE")
    assert [(m[487], m[31]) for m in told][:2] == [("2", "9.8"), ("1", "9.8")]

    (ended,) = later.say("35=AD|568=t1|569=1|263=2")
    assert (ended[749], ended[750]) == ("0", "1")
    other.say(order("s3", "2", "10", "9.90"))
    assert "AE" not in [m[35] for m in later.say(order("b3", quantity="10"))]
    (unknown,) = later.say("35=AD|568=t1|569=1|263=2")
    assert unknown[58] == "TradeRequestID(568) t1 is no subscription"


def test_trades_are_not_followed_beyond_the_connection(venue, later):
    later.say("35=AD|568=t1|569=0|263=1")
    later.drop()
    assert not venue.simulator.ledger.followed
    venue.client("OTHER").logon("108=0").say(order("s", "2", "10", "9.90"))
    assert venue.simulator.ledger.take_news() == []


def messages_of(client, msg_type):
    return [message for message in client.inbox if message[35] == msg_type]


# --- drop copies


def test_drop_copy_session_gets_every_report_of_whom_it_follows(venue, client):
    copy, everything = venue.client("COPY").logon("108=0"), venue.client("COPY42", "FIX.4.2").logon("108=0")
    copy.inbox, everything.inbox = [], []
    other = venue.client("OTHER").logon("108=0")
    other.say(order("s", "2", "60", "9.90"))
    client.say(order("b"))
    assert [(m[150], m[11], m[797], m[448]) for m in copy.inbox] == [
        ("0", "b", "Y", "GW"),
        ("F", "b", "Y", "GW"),
    ]
    assert copy.inbox[-1][17] == client.inbox[-1][17]
    assert [(m[150], m[109]) for m in everything.inbox] == [
        ("0", "OTHER"),
        ("0", "GW"),
        ("2", "OTHER"),
        ("1", "GW"),
    ]


def test_drop_copies_for_a_session_that_is_away_come_when_it_asks(venue, client):
    copy = venue.client("COPY").logon("108=0")
    copy.drop()
    client.say(order("b"))
    copy.connect()
    copy.say("35=A|98=0|108=0")
    (resent,) = [m for m in copy.say("35=2|7=2|16=0") if m[35] == "8"]
    assert (resent[43], resent[11], resent[797]) == ("Y", "b", "Y")


def test_drop_copy_session_cannot_trade(venue, client):
    copy = venue.client("COPY").logon("108=0")
    (answer,) = copy.say(order("b"))
    assert (answer[35], answer[380], answer[58]) == ("j", "6", "a drop copy session sends no orders")
    assert venue.simulator.ledger.orders == {}


# --- securities, their status, news


def test_security_list_names_what_is_traded(later):
    (report,) = later.say("35=x|320=s1|559=4")
    assert (report[35], report[320], report[560], report[146]) == ("y", "s1", "0", "2")
    assert values(messages(later)[-1], 55) == ["ABC", "XYZ"]
    assert values(messages(later)[-1], 561) == ["1", "10"]
    (report,) = later.say("35=x|320=s2|559=0|55=NOPE")
    assert report[560] == "2"


def test_session_status_is_told_once_or_as_it_changes(make_venue):
    phases = "{at: '12:01', phase: opening_auction}, {at: '12:02', phase: continuous}, {at: '12:03', phase: closed}"
    venue = make_venue(BASE + f"calendar: {{phases: [{phases}]}}\n")
    client = venue.client().logon("108=0")
    (report,) = client.say("35=g|335=g1|263=1")
    assert (report[35], report[335], report[340], report[625], report[325]) == ("h", "g1", "3", "5", "N")
    assert [(m[340], m[625], m[325]) for m in client.heard(200)] == [
        ("4", "2", "Y"),
        ("2", "3", "Y"),
        ("3", "5", "Y"),
    ]
    assert client.say("35=g|335=g1|263=2") == []
    assert client.heard(86_400) == []


def test_security_status_follows_halts_and_indicative_prices(venue, client):
    (report,) = client.say("35=e|324=e1|55=ABC|263=1")
    assert (report[35], report[324], report[326]) == ("f", "e1", "17")
    client.inbox = []
    venue.carry_out(venue.simulator.set_phase("ABC", Phase.HALT, venue.now))
    assert [m[326] for m in client.inbox] == ["2"]
    other = venue.client("OTHER").logon("108=0")
    client.inbox = []
    other.say(order("s", "2", "60", "9.90"), order("b", "1", "100", "9.95"))
    assert [(m[326], m[330], m[331], m[332]) for m in client.inbox] == [("5", "100", "60", "9.95")]
    client.inbox = []
    venue.carry_out(venue.simulator.set_phase("ABC", Phase.CONTINUOUS, venue.now))
    assert [m[326] for m in client.inbox] == ["17"]
    assert client.say("35=e|324=e2|55=NOPE|263=0")[0][326] == "20"


def test_status_of_the_opening_in_the_words_of_each_version(make_venue):
    phases = "{at: '11:00', phase: opening_auction}, {at: '13:00', phase: continuous}, {at: '14:00', phase: closed}"
    venue = make_venue(BASE + f"calendar: {{phases: [{phases}]}}\n")
    told = [venue.client(v, v).logon("108=0").say("35=e|324=e1|55=ABC|263=0")[0][326] for v in VERSIONS]
    assert told == ["1", "22", "22"]


def test_news_reaches_everybody_who_is_logged_on(venue, client):
    client.inbox = []
    venue.carry_out(venue.simulator.announce("Maintenance", ["at noon", "for an hour"], venue.now))
    (news,) = client.inbox
    assert (news[35], news[148], news[33]) == ("B", "Maintenance", "2")
    assert values(messages(client)[-1], 58) == ["at noon", "for an hour"]
