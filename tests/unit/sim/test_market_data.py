"""Snapshots and updates of books and trades; a subscriber's copy against the book itself."""

import random
from decimal import Decimal

import pytest
import simplefix

from tests.support import fix_dictionary

BASE = "liquidity: {enabled: false}\nsymbols: {ABC: {price: 10.00}, XYZ: {price: 10.00}}\n"
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIXT.1.1")
REQUEST = "35=V|262={id}|263={kind}|264={depth}|265={update}|267=3|269=0|269=1|269=2|146=1|55=ABC"


def order(cl_ord_id, side="1", quantity="100", price="10.00", more=""):
    return f"35=D|11={cl_ord_id}|55=ABC|54={side}|38={quantity}|40=2|44={price}{more}"


def asking(request_id="m", kind="1", depth="0", update="1"):
    return REQUEST.format(id=request_id, kind=kind, depth=depth, update=update)


def messages(client):
    parser = simplefix.FixParser()
    parser.append_buffer(client.bytes)
    found = []
    while (message := parser.get_message()) is not None:
        found.append([(int(tag), value.decode("latin-1")) for tag, value in message.pairs])
    return found


def entries(message):
    """Give action (or None), type, price and size of each entry."""
    first = 279 if dict(message)[35] == "X" else 269
    found = []
    for tag, value in message:
        if tag == first:
            found.append({})
        if found:
            found[-1].setdefault(tag, value)
    return [(e.get(279), e[269], e[270], e.get(271)) for e in found]


@pytest.fixture
def venue(make_venue):
    venue = make_venue(BASE)
    yield venue
    faults = [f for c in venue.clients.values() for m in messages(c) for f in fix_dictionary.faults(m)]
    assert faults == []


@pytest.fixture(params=VERSIONS)
def client(venue, request):
    return venue.client("MD", request.param).logon("108=0")


@pytest.fixture
def trader(venue):
    return venue.client("T").logon("108=0")


def test_snapshot_shows_levels_best_first_and_the_last_trade(client, trader):
    trader.say(order("b1"), order("b2", price="9.98"), order("b3", price="9.98", quantity="5"))
    trader.say(order("s1", "2", "30", "10.05"), order("t", "2", "40", "10.00"))
    client.say(asking(kind="0"))
    snapshot = messages(client)[-1]
    assert (dict(snapshot)[35], dict(snapshot)[262]) == ("W", "m")
    assert entries(snapshot) == [
        (None, "0", "10", "60"),
        (None, "0", "9.98", "105"),
        (None, "1", "10.05", "30"),
        (None, "2", "10", "40"),
    ]
    client.inbox = []
    trader.say(order("b4", price="9.99"))
    assert client.inbox == []


def test_updates_say_what_changed_in_one_message(client, trader):
    trader.say(order("b1"), order("b2", price="9.98"))
    client.say(asking())
    trader.say(order("s", "2", "120", "9.98"))
    update = messages(client)[-1]
    assert dict(update)[35] == "X"
    assert entries(update) == [
        ("2", "0", "10", "100"),
        ("1", "0", "9.98", "80"),
        ("0", "2", "10", "100"),
        ("0", "2", "9.98", "20"),
    ]


def test_update_to_the_depth_that_was_asked_for(client, trader):
    client.say(asking(depth="1"))
    trader.say(order("b1"))
    assert entries(messages(client)[-1]) == [("0", "0", "10", "100")]
    client.inbox = []
    trader.say(order("b2", price="9.99"))
    assert client.inbox == []
    trader.say("35=F|11=c|41=b1|55=ABC|54=1")
    assert entries(messages(client)[-1]) == [("2", "0", "10", "100"), ("0", "0", "9.99", "100")]


def test_full_refresh_repeats_the_whole(client, trader):
    client.say(asking(update="0"))
    trader.say(order("b1"))
    trader.say(order("b2", price="9.99"))
    last = messages(client)[-1]
    assert (dict(last)[35], len(entries(last))) == ("W", 2)


def test_hidden_quantity_is_not_shown(client, trader):
    trader.say(order("ice", more="|111=10"))
    client.say(asking(kind="0"))
    assert entries(messages(client)[-1]) == [(None, "0", "10", "10")]


def test_end_of_subscription_and_of_connection_end_the_updates(venue, client, trader):
    client.say(asking())
    assert client.say(asking(kind="2")) == []
    trader.say(order("b1"))
    assert client.inbox == []
    client.say(asking())
    client.drop()
    trader.say(order("b2", price="9.99"))
    assert venue.simulator.registry.get("MD").sent == {}


def test_updates_are_gap_filled_in_a_resend(client, trader):
    client.say(asking())
    trader.say(order("b1"))
    resent = client.say("35=2|7=1|16=0")
    assert [(m[35], m[123], m[36]) for m in resent] == [("4", "Y", "4")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (asking().replace("ABC", "NOPE"), "0"),
        (asking(kind="7"), "4"),
        (asking(depth="2000"), "5"),
        (asking(update="5"), "6"),
        (asking().replace("269=2", "269=5"), "8"),
    ],
)
def test_request_that_cannot_be_served_is_rejected(client, text, reason):
    (answer,) = client.say(text)
    assert (answer[35], answer[262], answer[281]) == ("Y", "m", reason)


def test_second_use_of_a_request_id_is_rejected(client):
    client.say(asking())
    assert client.say(asking())[0][281] == "1"


@pytest.mark.parametrize(
    "text", ["35=V|262=m|263=1|264=0|267=2|269=0|146=1|55=ABC", "35=V|262=m|263=1|264=0|146=1|55=ABC"]
)
def test_group_that_does_not_fit_its_count_is_a_session_reject(client, text):
    (answer,) = client.say(text)
    assert (answer[35], answer[371]) == ("3", "267")


def test_clearing_price_of_a_call_is_shown_to_fix50(make_venue):
    phases = "{at: '11:00', phase: opening_auction}, {at: '13:00', phase: continuous}, {at: '14:00', phase: closed}"
    venue = make_venue(BASE + f"calendar: {{phases: [{phases}]}}\n")
    trader, client = venue.client("T").logon("108=0"), venue.client("MD", "FIXT.1.1").logon("108=0")
    client.say("35=V|262=m|263=1|264=0|265=1|267=1|269=Q|146=1|55=ABC")
    trader.say(order("b"), order("s", "2", "60", "10.00"))
    assert entries(messages(client)[-1]) == [("0", "Q", "10", "60")]


@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_subscriber_that_applies_all_updates_has_the_book(venue, depth, seed):
    draw = random.Random(seed)
    client, trader = venue.client("MD").logon("108=0"), venue.client("T").logon("108=0")
    client.say(asking(depth=str(depth)))
    names = []
    for i in range(120):
        if names and draw.random() < 0.4:
            side, name = draw.choice(names)
            trader.say(f"35=F|11=c{i}|41={name}|55=ABC|54={side}")
        else:
            side, price = draw.choice("12"), Decimal(draw.randrange(990, 1011)) / 100
            names.append((side, f"o{i}"))
            trader.say(order(f"o{i}", side, draw.randrange(1, 50), price, draw.choice(["", "|111=1"])))
    copy = {}
    for message in messages(client):
        if dict(message)[35] in ("W", "X"):
            for action, kind, price, size in entries(message):
                if kind == "2":
                    continue
                if action == "2":
                    del copy[kind, Decimal(price)]
                else:
                    assert ((kind, Decimal(price)) in copy) == (action == "1")
                    copy[kind, Decimal(price)] = Decimal(size)
    book = venue.simulator.exchange.books["ABC"]
    shown = {(k, p): q for k, buy in (("0", True), ("1", False)) for p, q, _ in book.displayed(buy, depth)}
    assert copy == shown
