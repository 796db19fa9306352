"""The published rules of venues: each by itself, and the ready profiles."""

from decimal import Decimal

import pytest

from sim import profiles
from sim.config.load import ConfigError, load, parse

BASE = "liquidity: {enabled: false}\nsymbols: {ABC: {price: 10.00}}\n"
UUID = "00000000-0000-4000-8000-00000000000"


def order(cl_ord_id, side="1", quantity="100", price="10.00", symbol="ABC", more=""):
    return f"35=D|11={cl_ord_id}|55={symbol}|54={side}|38={quantity}|40=2|44={price}{more}"


def venue_with(make_venue, rules):
    return make_venue(f"{BASE}venue: {{{rules}}}\n")


# --- ids


def test_cl_ord_id_of_another_form_is_rejected_and_can_be_given_right(make_venue):
    client = venue_with(make_venue, "cl_ord_id: {pattern: '[0-9]+', length_max: 4}").client().logon()
    for name, text in (("a1", "must match [0-9]+, was a1"), ("12345", "may have 4 characters, was 12345")):
        (report,) = client.say(order(name))
        assert (report[150], report[58]) == ("8", f"ClOrdID(11) {text}")
    client.say(order("1"))
    assert client.say("35=F|11=x|41=1|55=ABC|54=1")[0][102] == "99"
    assert client.say("35=F|11=2|41=1|55=ABC|54=1")[0][39] == "4"


def test_cl_ord_id_that_is_unique_among_open_orders_can_be_used_again(make_venue):
    client = venue_with(make_venue, "cl_ord_id: {unique: open}").client().logon()
    client.say(order("a"))
    assert client.say(order("a"))[0][103] == "6"
    client.say("35=F|11=c|41=a|55=ABC|54=1")
    assert client.say(order("a"))[0][150] == "0"


def test_ids_that_are_unique_within_a_day_come_again_the_next(make_venue):
    phases = "{at: '08:00', phase: continuous}, {at: '20:00', phase: closed}"
    venue = make_venue(
        f"{BASE}calendar: {{phases: [{phases}]}}\nvenue: {{cl_ord_id: {{unique: day}}, ids: {{restart: day}}}}\n"
    )
    client = venue.client().logon("108=0")
    first = client.say(order("a"))[0]
    assert client.say(order("a"))[0][103] == "6"
    client.heard(86_400)
    again = client.say(order("a"))[0]
    assert (again[150], again[17]) == ("0", first[17])
    assert again[37] != first[37]


def test_ids_have_the_form_of_the_venue(make_venue):
    client = venue_with(make_venue, "ids: {order: '{n}', execution: '{prefix}{n:06d}'}").client().logon()
    (report,) = client.say(order("a"))
    assert (report[37], report[17]) == ("1", "T000001")


# --- limits


def test_message_over_the_limit_is_rejected_and_the_next_window_is_free(make_venue):
    client = (
        venue_with(make_venue, "limits: [{messages: 2, window_ms: 1000, counts: orders}]").client().logon()
    )
    answers = client.say(order("a"), order("b"), order("c"))
    assert [(a[35], a.get(58)) for a in answers[2:]] == [("j", "more than 2 messages in 1000 ms")]
    assert client.say("35=H|11=a|55=ABC|54=1")[0][39] == "0"
    client.heard(1)
    assert client.say(order("c"))[0][150] == "0"


@pytest.mark.parametrize(("breach", "said"), [("logout", ["5"]), ("disconnect", [])])
def test_breach_can_end_the_session(make_venue, breach, said):
    rules = f"limits: [{{messages: 1, window_ms: 1000, breach: {breach}}}]"
    venue = venue_with(make_venue, rules)
    client = venue.client().logon()
    answers = client.say(order("a"), order("b"))
    assert [a[35] for a in answers[1:]] == said
    assert venue.simulator.exchange.find("GW", "b") is None
    if breach == "logout":
        client.say("35=5")
    assert client.closed is not None


# --- cancel on disconnect


def cod(make_venue, rules):
    return venue_with(make_venue, f"cancel_on_disconnect: {{{rules}}}")


def is_open(venue, name):
    return venue.simulator.exchange.find("GW", name).is_open


def test_orders_end_with_the_connection_save_those_that_are_kept(make_venue):
    venue = cod(make_venue, "when: always, keeps: ['1']")
    client = venue.client().logon("108=0")
    client.say(order("day"), order("gtc", more="|59=1"))
    client.drop()
    venue.advance(1)
    assert (is_open(venue, "day"), is_open(venue, "gtc")) == (False, True)
    client.connect()
    client.say("35=A|98=0|108=0")
    (report,) = [m for m in client.say("35=2|7=2|16=0") if m.get(150) == "4"]
    assert (report[11], report[58], report[43]) == ("day", "cancel on disconnect", "Y")


def test_fill_comes_in_between_loss_and_cancel(make_venue):
    venue = cod(make_venue, "when: always, delay_ms: 500")
    client = venue.client().logon("108=0")
    client.say(order("a"), order("b", price="9.00"))
    client.drop()
    venue.advance(Decimal("0.4"))
    venue.client("T").logon("108=0").say(order("t", "2"))
    venue.advance(1)
    orders = {o.cl_ord_id: o.status.name for o in venue.simulator.ledger.orders.values() if o.owner == "GW"}
    assert orders == {"a": "FILLED", "b": "CANCELED"}


@pytest.mark.parametrize(
    ("wish", "old", "new"), [("", True, True), ("|8013=Y", False, False), ("|8013=S", True, False)]
)
def test_cancel_on_disconnect_is_asked_for_at_logon(make_venue, wish, old, new):
    venue = cod(make_venue, "when: asked, logon_tag: 8013, session: [S], all: [Y]")
    client = venue.client().logon("108=0")
    client.say(order("old"))
    client.drop()
    venue.advance(1)
    client.connect()
    client.say(f"35=A|98=0|108=0{wish}")
    client.say(order("new", price="9.00"))
    client.drop()
    venue.advance(1)
    assert (is_open(venue, "old"), is_open(venue, "new")) == (old, new)


@pytest.mark.parametrize("on_logout", [True, False])
def test_orderly_logout_may_leave_the_orders(make_venue, on_logout):
    venue = cod(make_venue, f"when: always, on_logout: {str(on_logout).lower()}")
    client = venue.client().logon("108=0")
    client.say(order("a"))
    client.say("35=5")
    venue.advance(1)
    assert is_open(venue, "a") is not on_logout


# --- sequence numbers


def test_numbers_begin_again_with_each_logon(make_venue):
    venue = venue_with(make_venue, "numbering: {reset: logon}")
    client = venue.client().logon("108=0")
    client.say(order("a"))
    client.drop()
    client.seq = 1
    client.connect()
    (logon,) = client.say("35=A|98=0|108=0")
    assert (logon[35], logon[34]) == ("A", "1")


@pytest.mark.parametrize(
    ("rules", "after_s"),
    [
        ("reset: daily, logout: daily, at: '20:00'", 8 * 3600),
        (
            "reset: weekly, logout: weekly, day: sat, at: '13:00', timezone: America/New_York",
            (2 * 24 + 6) * 3600,
        ),
    ],
)
def test_everybody_is_logged_out_and_numbers_begin_again(make_venue, rules, after_s):
    venue = venue_with(make_venue, f"numbering: {{{rules}}}")
    client, away = venue.client().logon("108=0"), venue.client("AWAY").logon("108=0")
    away.drop()
    assert client.heard(after_s - 1) == []
    (logout,) = client.heard(1)
    assert (logout[35], logout[58]) == ("5", "end of the session; log on again")
    client.say("35=5")
    assert client.closed == "logged out"
    registry = venue.simulator.registry
    assert {(registry.get(n).next_in, registry.get(n).next_out) for n in ("GW", "AWAY")} == {(1, 1)}


# --- answers that say nothing, batches, events


def test_request_of_unknown_status_is_executed_and_lost_by_turns(make_venue):
    client = venue_with(make_venue, "unknown_status_every: 2").client().logon()
    answers = client.say(order("a"), order("b"), order("c"), order("d"))
    assert [(m[35], m.get(379) or m.get(11), m.get(58)) for m in answers] == [
        ("8", "a", None),
        ("j", "b", "execution status unknown"),
        ("8", "b", None),
        ("8", "c", None),
        ("j", "d", "execution status unknown"),
    ]


BATCHES = "batches: {new: U6, cancel: U4, new_reject: U7, cancel_reject: U5, orders_max: 3}"


def test_batch_is_processed_one_by_one(make_venue):
    client = venue_with(make_venue, BATCHES).client().logon()
    group = "".join(
        f"|11={n}|55=ABC|54=1|38=10|40=2|44={p}" for n, p in (("a", "9.00"), ("b", "-1"), ("c", "9.01"))
    )
    reports = client.say(f"35=U6|60=20260101-12:00:00|21=1|73=3{group}")
    assert [(r[11], r[150]) for r in reports] == [("a", "0"), ("b", "8"), ("c", "0")]
    reports = client.say("35=U4|60=20260101-12:00:00|73=2|11=x|41=a|55=ABC|54=1|11=y|41=c|55=ABC|54=1")
    assert [(r[11], r[41], r[150]) for r in reports] == [("x", "a", "4"), ("y", "c", "4")]


def test_batch_that_is_too_large_is_refused_as_a_whole(make_venue):
    venue = venue_with(make_venue, BATCHES)
    client = venue.client().logon()
    group = "".join(f"|11={n}|55=ABC|54=1|38=10|40=2|44=9.00" for n in range(4))
    (answer,) = client.say(f"35=U6|60=20260101-12:00:00|21=1|73=4{group}")
    assert (answer[35], answer[45], answer[58]) == ("U7", "2", "NoOrders(73) must be 1 to 3, was 4")
    assert venue.simulator.ledger.orders == {}


def test_events_come_again_by_exec_id_as_new_messages(make_venue):
    rules = "event_resend: {request: U1, complete: U2, reject: U3, begin_tag: 21001, end_tag: 21002, lookback_s: 60}"
    venue = venue_with(make_venue, rules)
    client = venue.client().logon("108=0")
    ids = [m[17] for m in client.say(order("a"), order("b"), order("c"))]
    *again, complete = client.say(f"35=U1|21001={ids[1]}")
    assert [(m[35], m[17], m[34], m.get(43)) for m in again] == [
        ("8", ids[1], "5", None),
        ("8", ids[2], "6", None),
    ]
    assert (complete[35], complete[45], complete[58]) == ("U2", "5", "2 resent")
    assert [m[17] for m in client.say(f"35=U1|21001={ids[0]}|21002={ids[1]}")[:-1]] == ids[:2]
    assert client.say("35=U1|21001=nothing")[0][35] == "U3"
    client.heard(61)
    assert client.say(f"35=U1|21001={ids[0]}")[0][35] == "U3"


# --- fees


def test_fees_are_on_the_reports_and_in_the_ledger(make_venue):
    rules = "fees: {maker_bps: -1, taker_bps: 2.5, taker_per_unit: 0.001, minimum: 0.5}"
    venue = venue_with(make_venue, rules)
    maker, taker = venue.client("M").logon("108=0"), venue.client("T", "FIX.4.2").logon("108=0")
    maker.say(order("m", "2", "1000", "10.00"))
    taker.say(order("t1", quantity="900"), order("t2", quantity="100"))
    fees = {c: [(m[12], m[13], m.get(851)) for m in c.inbox if 12 in m] for c in (maker, taker)}
    assert fees[maker] == [("-0.9", "3", "1"), ("-0.1", "3", "1")]
    assert fees[taker] == [("3.15", "3", None), ("0.5", "3", None)]
    paid = {p["comp_id"]: p["fees"] for p in venue.simulator.ledger.as_json()["positions"]}
    assert paid == {"M": "-1", "T": "3.65"}
    for trade in list(venue.simulator.ledger.trades):
        venue.carry_out(venue.simulator.bust(trade, venue.now))
    assert sum(p.fees for p in venue.simulator.ledger.positions.values() if p.trades == 0) == 0


# --- the ready ones


@pytest.mark.parametrize("name", profiles.names())
def test_profile_is_valid_and_names_its_sources(name):
    settings = load(None, name)
    assert settings.venue.source
    assert all(len(source) > 20 for source in settings.venue.source)
    assert any("https://" in source for source in settings.venue.source)


def test_configuration_goes_over_the_profile(tmp_path):
    file = tmp_path / "venue.yaml"
    file.write_text("venue: {cancel_on_disconnect: {delay_ms: 7}}\nsymbols: {ABC: {price: 1}}\n")
    settings = load(file, "cme")
    cancel = settings.venue.cancel_on_disconnect
    assert (cancel.delay_ms, cancel.when, cancel.keeps) == (7, "always", ("1", "6"))
    assert set(settings.symbols) == {"ABC", "ESZ6", "ZNZ6"}


def test_unknown_profile_names_those_that_there_are():
    with pytest.raises(ConfigError, match="no profile nyse; there are binance, cme, coinbase, deribit"):
        load(None, "nyse")


def start(make_venue, name):
    return make_venue("liquidity: {enabled: false}\n" + profiles.text(name))


def test_coinbase_like_session_from_logon_to_weekly_logout(make_venue):
    venue = start(make_venue, "coinbase")
    client = venue.client("KEY", "FIXT.1.1")
    client.connect()
    (logon,) = client.say("35=A|56=Coinbase|98=0|1137=9|108=0|8013=Y")
    assert logon[35] == "A"
    (refused,) = client.say(
        order("no-uuid", symbol="BTC-USD", price="64000", quantity="1", more="|56=Coinbase|59=1")
    )
    assert refused[150] == "8"
    (new,) = client.say(
        order(f"{UUID}1", symbol="BTC-USD", price="64000", quantity="1", more="|56=Coinbase|59=1")
    )
    assert new[150] == "0"
    client.drop()
    venue.advance(1)
    assert [o.status.name for o in venue.simulator.ledger.orders.values()] == ["REJECTED", "CANCELED"]
    assert venue.simulator.registry.get("KEY").next_out == 1


def test_cme_like_venue_carries_gtc_over_a_lost_connection_and_shares_pro_rata(make_venue):
    venue = start(make_venue, "cme")
    client = venue.client().logon("108=0")
    client.say(order("d", symbol="ZNZ6", price="110", quantity="10"))
    client.say(order("g", symbol="ZNZ6", price="110", quantity="30", more="|59=1"))
    venue.client("T").logon("108=0").say(order("t", "2", "20", "110", "ZNZ6"))
    assert [(m[11], m[32]) for m in client.inbox if 32 in m] == [("d", "5"), ("g", "15")]
    client.drop()
    venue.advance(1)
    assert {o.cl_ord_id: o.is_open for o in venue.simulator.ledger.orders.values() if o.owner == "GW"} == {
        "d": False,
        "g": True,
    }


def test_profile_is_part_of_the_settings_as_any_file_is():
    assert parse(profiles.text("deribit"), "deribit.yaml").venue.cancel_on_disconnect.logon_tag == 9001


def test_logout_may_say_that_orders_stay_after_all(make_venue):
    venue = make_venue(profiles.text("deribit"))
    to = "|56=DERIBITSERVER"
    for comp_id, logout in (("A", "35=5"), ("B", "35=5|9003=Y"), ("C", "35=5|9003=N")):
        client = venue.client(comp_id).logon("108=0|9001=Y" + to)
        client.say("35=D|11=a|55=BTC-PERPETUAL|54=1|38=10|40=2|59=1|44=60000" + to)
        client.say(logout + to)
    venue.advance(1)
    ledger = venue.simulator.ledger.as_json()
    assert {order["comp_id"]: order["open"] for order in ledger["orders"]} == {
        "A": False,
        "B": True,
        "C": False,
    }
