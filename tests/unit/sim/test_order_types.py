"""Stop, pegged, iceberg and other orders beyond limit and market, as FIX reports."""

from decimal import Decimal

import pytest

from sim.phases import Phase

BASE = "liquidity: {enabled: false}\nsymbols: {ABC: {price: 10.00}}\n"


def order(cl_ord_id, side="1", quantity="100", kind="2", **fields):
    price = {"t44": "10.00"} if kind in ("2", "4") else {}
    more = "".join(f"|{key[1:]}={value}" for key, value in {**price, **fields}.items())
    return f"35=D|11={cl_ord_id}|55=ABC|54={side}|38={quantity}|40={kind}{more}"


def shape(report):
    last = f"{report[32]}@{report[31]}" if 32 in report else None
    return (report[150], report[39], report[11], last, report[151])


@pytest.fixture
def venue(make_venue):
    return make_venue(BASE)


@pytest.fixture
def client(venue):
    return venue.client().logon()


def trade_at(venue, price, name="mover"):
    mover = venue.client(name).logon()
    mover.say(order("m1", "2", "1", t44=price), order("m2", "1", "1", t44=price))


@pytest.mark.parametrize(
    ("begin_string", "exec_type", "reason"),
    [("FIX.4.2", "D", "4"), ("FIX.4.4", "D", "99"), ("FIXT.1.1", "L", None)],
)
def test_stop_waits_for_its_price_then_trades_at_market(venue, begin_string, exec_type, reason):
    venue.client("M").logon().say(order("s", "2", "100", t44="10.30"))
    client = venue.client("GW", begin_string).logon()
    (new,) = client.say(order("a", kind="3", quantity="40", t99="10.20"))
    assert (shape(new), new[99], 44 in new) == (("0", "0", "a", None, "40"), "10.2", False)
    trade_at(venue, "10.19", "below")
    assert client.inbox == [new]
    trade_at(venue, "10.20", "at")
    triggered, fill = client.inbox[1:]
    assert (triggered[150], triggered[39], triggered.get(378)) == (exec_type, "0", reason)
    assert (fill[39], fill[32], fill[31]) == ("2", "40", "10.3")


def test_stop_limit_rests_at_its_limit_once_triggered(venue, client):
    client.say(order("a", kind="4", t99="10.20", t44="10.25"))
    assert venue.simulator.exchange.books["ABC"].best_bid is None
    trade_at(venue, "10.20")
    assert venue.simulator.exchange.books["ABC"].best_bid == Decimal("10.25")


def test_triggered_stop_triggers_the_next(venue, client):
    makers = venue.client("M").logon()
    makers.say(order("x", "2", "10", t44="10.10"), order("y", "2", "10", t44="10.20"))
    client.say(
        order("a", quantity="10", kind="3", t99="10.05"), order("b", quantity="10", kind="3", t99="10.10")
    )
    trade_at(venue, "10.05")
    assert [(m[11], m[31]) for m in client.inbox if 31 in m] == [("a", "10.1"), ("b", "10.2")]


def test_untriggered_stop_can_be_replaced_and_canceled(venue, client):
    client.say(order("a", kind="3", t99="10.20"))
    (report,) = client.say("35=G|11=b|41=a|55=ABC|54=1|38=100|40=3|99=10.40")
    assert (report[150], report[99]) == ("5", "10.4")
    trade_at(venue, "10.30")
    assert client.inbox == [report]
    (canceled,) = client.say("35=F|11=c|41=b|55=ABC|54=1")
    assert canceled[39] == "4"
    trade_at(venue, "10.50", "later")
    assert client.inbox == [canceled]


def test_market_to_limit_takes_the_best_price_and_rests_there(venue, client):
    makers = venue.client("M").logon()
    makers.say(order("x", "2", "10", t44="10.10"), order("y", "2", "10", t44="10.20"))
    reports = client.say(order("a", quantity="50", kind="K"))
    assert [shape(r) for r in reports] == [("0", "0", "a", None, "50"), ("F", "1", "a", "10@10.1", "40")]
    assert reports[1][44] == "10.1"
    assert venue.simulator.exchange.books["ABC"].best_bid == Decimal("10.1")


def test_market_to_limit_without_a_counterpart_is_canceled(client):
    assert [r[150] for r in client.say(order("a", kind="K"))] == ["0", "4"]


@pytest.mark.parametrize(("begin_string", "tag"), [("FIX.4.2", 111), ("FIX.4.4", 111), ("FIXT.1.1", 1138)])
def test_iceberg_shows_a_tranche_and_queues_again_with_the_next(venue, begin_string, tag):
    iceberg = venue.client("ICE", begin_string).logon()
    (new,) = iceberg.say(order("i", "2", "100", **{f"t{tag}": "10"}))
    assert new[tag] == "10"
    plain = venue.client("P").logon()
    plain.say(order("p", "2", "20"))
    venue.client("T").logon().say(order("t", "1", "35"))
    assert [m[32] for m in iceberg.inbox if 32 in m] == ["10", "5"]
    assert [m[32] for m in plain.inbox if 32 in m] == ["20"]
    ((_, shown, count),) = venue.simulator.exchange.books["ABC"].displayed(False)
    assert (shown, count) == (5, 1)


@pytest.mark.parametrize(
    ("instruction", "offset", "price"),
    [("R", "0", "9.90"), ("R", "0.01", "9.91"), ("P", "-0.05", "10.05"), ("M", "0", "10")],
)
def test_pegged_order_follows_the_book(venue, client, instruction, offset, price):
    venue.client("M").logon().say(order("b", "1", "10", t44="9.90"), order("s", "2", "10", t44="10.10"))
    (new,) = client.say(order("a", kind="P", t18=instruction, t211=offset))
    assert (new[18], new[211]) == (instruction, offset)
    book = venue.simulator.exchange.books["ABC"]
    assert book.resting_price(venue.simulator.exchange.find("GW", "a")) == Decimal(price)


def test_pegged_order_moves_with_its_reference_and_waits_without_one(venue, client):
    maker = venue.client("M").logon()
    maker.say(order("b", "1", "10", t44="9.90"))
    client.say(order("a", kind="P", t18="R"))
    pegged, book = venue.simulator.exchange.find("GW", "a"), venue.simulator.exchange.books["ABC"]
    maker.say(order("b2", "1", "10", t44="9.95"))
    assert book.resting_price(pegged) == Decimal("9.95")
    maker.say("35=F|11=c|41=b|55=ABC|54=1", "35=F|11=c2|41=b2|55=ABC|54=1")
    assert (book.resting_price(pegged), pegged.is_open) == (None, True)
    maker.say(order("b3", "1", "10", t44="9.80"))
    assert book.resting_price(pegged) == Decimal("9.80")


def test_mid_pegs_meet_in_the_middle_and_are_not_displayed(venue, client):
    venue.client("M").logon().say(order("b", "1", "10", t44="9.90"), order("s", "2", "10", t44="10.01"))
    client.say(order("a", "1", "50", kind="P", t18="M"))
    book = venue.simulator.exchange.books["ABC"]
    assert list(book.displayed(True)) == [(Decimal("9.90"), 10, 1)]
    reports = venue.client("T").logon().say(order("t", "2", "50", kind="P", t18="M"))
    assert reports[-1][31] == "9.955"


@pytest.mark.parametrize("fields", [{"t59": "5"}, {"t18": "6"}])
def test_post_only_order_never_takes(venue, client, fields):
    venue.client("M").logon().say(order("s", "2", "10"))
    (report,) = client.say(order("a", **fields))
    assert (report[150], report[58]) == ("8", "post only, and would trade at once at 10.00")
    (report,) = client.say(order("b", **{**fields, "t44": "9.99"}))
    assert report[150] == "0"
    (refused,) = client.say("35=G|11=c|41=b|55=ABC|54=1|38=100|40=2|44=10.00|18=6")
    assert (refused[35], refused[58]) == ("9", "post only, and would trade at once")


@pytest.mark.parametrize(("least", "kinds"), [("30", ["0", "F", "4"]), ("31", ["0", "4"])])
def test_minimum_quantity_is_there_at_once_or_nothing_trades(venue, client, least, kinds):
    venue.client("M").logon().say(order("s", "2", "30"))
    assert [r[150] for r in client.say(order("a", t59="3", t110=least))] == kinds


def test_resting_minimum_quantity_waits_for_one_that_brings_as_much(venue, client):
    seller = venue.client("M").logon()
    assert [r[150] for r in client.say(order("a", t110="40"))] == ["0"]
    assert [r[150] for r in seller.say(order("s", "2", "39", t59="3"))] == ["0", "4"]
    assert [(r[150], r.get(32)) for r in seller.say(order("t", "2", "40", t59="3"))] == [
        ("0", None),
        ("F", "40"),
    ]
    # Of the 60 that are left the next takes 40 and leaves 20, which is then all that it has to bring.
    assert [r[150] for r in seller.say(order("u", "2", "40", t59="3"))] == ["0", "F"]
    assert [r[150] for r in seller.say(order("v", "2", "19", t59="3"))] == ["0", "4"]
    assert [r[150] for r in seller.say(order("w", "2", "20", t59="3"))] == ["0", "F"]
    assert client.inbox[-1][39] == "2"


def test_minimum_quantity_is_not_displayed_and_passed_over_by_who_brings_less(venue, client):
    seller = venue.client("M").logon()
    client.say(order("a", t44="10.00", t110="50"), order("b", t44="9.99"))
    book = venue.simulator.exchange.books["ABC"]
    assert list(book.displayed(True)) == [(Decimal("9.99"), Decimal(100), 1)]
    assert [(r[150], r.get(31)) for r in seller.say(order("s", "2", "30", t44="9.99"))] == [
        ("0", None),
        ("F", "9.99"),
    ]


def test_minimum_quantity_takes_from_several_at_once_when_it_comes_or_rests(venue, client):
    seller = venue.client("M").logon()
    seller.say(order("s", "2", "30"), order("t", "2", "30"))
    assert [r[150] for r in client.say(order("a", quantity="80", t110="61"))] == ["0"]
    assert [(r[150], r.get(32)) for r in client.say(order("b", quantity="80", t110="60"))] == [
        ("0", None),
        ("F", "30"),
        ("F", "30"),
    ]


def test_minimum_quantity_takes_no_part_in_an_auction(venue, client):
    seller = venue.client("M").logon()
    venue.carry_out(venue.simulator.set_phase("ABC", Phase.HALT, venue.now))
    client.say(order("a", t110="50"))
    seller.say(order("s", "2", "30"))
    venue.carry_out(venue.simulator.set_phase("ABC", Phase.CONTINUOUS, venue.now))
    assert venue.simulator.ledger.trades == []


def test_good_till_date_order_expires_at_its_time(venue, client):
    (new,) = client.say(order("a", t59="6", t126="20260101-12:00:10"))
    assert new[126] == "20260101-12:00:10.000"
    assert client.heard(Decimal("9.999")) == []
    (report,) = client.heard(1)
    assert (report[150], report[39], report[60]) == ("C", "C", "20260101-12:00:10.000")
    assert len(venue.simulator.exchange.books["ABC"]) == 0


def test_good_till_date_order_that_got_another_date_keeps_it(client):
    client.say(order("a", t59="6", t126="20260101-12:00:10"))
    client.say("35=G|11=b|41=a|55=ABC|54=1|38=100|40=2|44=10.00|59=6|126=20260101-12:00:20")
    assert client.heard(19) == []
    assert [r[150] for r in client.heard(1)] == ["C"]


@pytest.mark.parametrize(
    ("fields", "reason", "text"),
    [
        (
            {"t59": "6", "t126": "20250101-00:00:00"},
            "99",
            "ExpireTime(126) or ExpireDate(432) must lie ahead",
        ),
        (
            {"kind": "3", "t99": "10.001"},
            "99",
            "StopPx(99) must be above 0 and a multiple of tick 0.01, was 10.001",
        ),
        ({"t111": "101"}, "13", "the displayed quantity must be a multiple of lot 1 up to OrderQty(38)"),
        ({"t110": "10", "t59": "4"}, "11", "MinQty(110) belongs to a limit order, or to TimeInForce(59)=3"),
        (
            {"t110": "10", "t111": "20"},
            "11",
            "MinQty(110) goes with neither a peg, a displayed quantity nor post only",
        ),
        ({"t110": "101"}, "13", "MinQty(110) must be above 0 and up to OrderQty(38)"),
        ({"kind": "P", "t18": "R", "t59": "3"}, "11", "a pegged order cannot be immediate or cancel"),
        ({"kind": "1", "t18": "6"}, "11", "post only belongs to a limit order that can rest"),
    ],
)
def test_term_that_does_not_fit_is_rejected(client, fields, reason, text):
    (report,) = client.say(order("a", **fields))
    assert (report[150], report[103], report[58]) == ("8", reason, text)


@pytest.mark.parametrize(
    ("fields", "tag"),
    [
        ({"kind": "3"}, "99"),
        ({"kind": "P"}, "18"),
        ({"t59": "6"}, "126"),
        ({"t59": "6", "t432": "soon"}, "432"),
    ],
)
def test_term_that_is_missing_or_unreadable_is_a_session_reject(client, fields, tag):
    (answer,) = client.say(order("a", **fields))
    assert (answer[35], answer[371]) == ("3", tag)


def test_pro_rata_shares_a_level_by_size(make_venue):
    venue = make_venue("liquidity: {enabled: false}\nsymbols: {ABC: {price: 10.00, matching: pro_rata}}\n")
    client = venue.client().logon()
    client.say(order("a", quantity="10"), order("b", quantity="30"), order("c", quantity="60"))
    venue.client("T").logon().say(order("t", "2", "51"))
    assert [(m[11], m[32]) for m in client.inbox if 32 in m] == [("a", "6"), ("b", "15"), ("c", "30")]


@pytest.mark.parametrize(
    ("mode", "ended"),
    [
        ("cancel_newest", [("s", "4")]),
        ("cancel_oldest", [("b", "4")]),
        ("cancel_both", [("b", "4"), ("s", "4")]),
        ("decrement", [("b", "D"), ("s", "4")]),
    ],
)
def test_self_trade_is_prevented(make_venue, mode, ended):
    venue = make_venue(f"{BASE}exchange: {{self_trade_prevention: {mode}}}\n")
    client = venue.client().logon()
    client.say(order("b", quantity="100"))
    reports = client.say(order("s", "2", quantity="40"))
    assert [(r[11], r[150]) for r in reports[1:]] == ended
    assert all(r[58] == "self-trade prevention" for r in reports[1:])
    assert venue.simulator.ledger.trades == []
    left = {"decrement": 60, "cancel_newest": 100}.get(mode, 0)
    assert sum(q for _, q in venue.simulator.exchange.books["ABC"].depth(True)) == left


def test_orders_of_one_counterparty_with_other_self_match_ids_trade(make_venue):
    venue = make_venue(f"{BASE}exchange: {{self_trade_prevention: cancel_newest}}\n")
    client = venue.client().logon()
    client.say(order("b", t2362="desk-1"))
    assert client.say(order("s", "2", t2362="desk-2"))[-1][150] == "F"


def test_replace_can_be_made_to_lose_priority_always(make_venue):
    venue = make_venue(f"{BASE}exchange: {{replace_priority: lose}}\n")
    client = venue.client().logon()
    client.say(order("a"), order("b"), "35=G|11=a2|41=a|55=ABC|54=1|38=50|40=2|44=10.00")
    venue.client("T").logon().say(order("t", "2", "10"))
    assert client.inbox[-1][11] == "b"


def test_order_type_that_is_not_offered_is_rejected(make_venue):
    venue = make_venue(f"{BASE}exchange: {{order_types: ['1', '2'], times_in_force: ['0']}}\n")
    client = venue.client().logon()
    (report,) = client.say(order("a", kind="3", t99="10.20"))
    assert (report[103], report[58]) == ("11", "OrdType(40) must be one of 1, 2")
    (report,) = client.say(order("b", t59="3"))
    assert (report[103], report[58]) == ("11", "TimeInForce(59) must be one of 0")
