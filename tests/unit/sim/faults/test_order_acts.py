"""Orders worked by script: what the client is told, and that the ledger agrees with it."""

from decimal import Decimal

import pytest

from tests.unit.sim.conftest import QUIET, SYMBOLS

ORDER = "35=D|55=ABC|54=1|38=100|40=2|44=10.00|1=ACC"


@pytest.fixture
def play(make_venue):
    def start(*acts: str, when: str = "message: D"):
        listed = "".join(f"  - {act}\n" for act in acts)
        return make_venue(scenario=f"name: t\npurpose: t\nrules:\n- when: {{{when}}}\n  do:\n{listed}")

    return start


def order_of(venue):
    (order,) = venue.simulator.ledger.as_json("GW")["orders"]
    return order


def position_of(venue):
    positions = venue.simulator.ledger.as_json("GW")["positions"]
    return Decimal(positions[0]["bought"]) if positions else Decimal(0)


def test_accepted_order_meets_nobody_and_can_be_canceled(play):
    venue = play("accept")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a")[0][150] == "0"
    assert len(client.say(ORDER.replace("54=1", "54=2") + "|11=s")) == 1
    assert client.say("35=F|11=c|41=a|55=ABC|54=1")[0][39] == "4"
    assert venue.inner.ledger.trades == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("report", {35: "8", 150: "8", 39: "8", 103: "77", 58: "no"}),
        ("business", {35: "j", 379: "a", 372: "D", 380: "77", 58: "no"}),
        ("session", {35: "3", 45: "2", 372: "D", 373: "77", 58: "no", 371: "44"}),
    ],
)
def test_order_is_rejected_with_any_code_in_any_way(play, message, expected):
    venue = play(f"reject: {{code: 77, text: no, message: {message}, tag: 44}}")
    (answer,) = venue.client().logon().say(ORDER + "|11=a")
    assert answer | expected == answer
    assert not order_of(venue)["open"]


def test_cancel_is_rejected_and_the_order_lives(play):
    venue = play("reject: {code: 1, text: never heard of it}", when="message: F")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    (answer,) = client.say("35=F|11=c|41=a|55=ABC|54=1")
    assert (answer[35], answer[102], answer[39], answer[58]) == ("9", "1", "0", "never heard of it")
    assert order_of(venue)["open"]


def test_held_order_is_known_and_unanswered(play):
    venue = play("hold")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a") == []
    assert client.heard(20) == []
    assert client.say("35=H|11=a|55=ABC|54=1")[0][39] == "0"


def test_order_held_for_a_time_is_processed_then(play):
    venue = play("hold: {for: 500ms}")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a") == []
    assert [m[150] for m in client.heard(1)] == ["0"]


def test_order_fills_in_parts_at_their_times(play):
    venue = play(
        "accept",
        "fill: {quantity: 30, after: 100ms}",
        "fill: {quantity: 50%, price: 9.90, after: 200ms}",
        "fill: {after: 300ms}",
    )
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    fills = client.heard(1)
    assert [(m[32], m[31], m[14], m[151], m[39]) for m in fills] == [
        ("30", "10", "30", "70", "1"),
        ("50", "9.9", "80", "20", "1"),
        ("20", "10", "100", "0", "2"),
    ]
    assert position_of(venue) == 100
    assert venue.simulator.ledger.imbalances() == {}


def test_fill_overtakes_its_acknowledgement(play):
    venue = play("hold", "fill: {quantity: 40}", "accept: {after: 100ms}")
    client = venue.client().logon()
    assert [(m[150], m[39]) for m in client.say(ORDER + "|11=a")] == [("F", "1")]
    assert [(m[150], m[39], m[14]) for m in client.heard(1)] == [("0", "1", "40")]


def test_fill_after_the_cancel_counts(play):
    venue = play("accept", "cancel: {after: 100ms, text: gone}", "fill: {quantity: 60, after: 200ms}")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    canceled, filled = client.heard(1)
    assert (canceled[150], canceled[39], canceled[58], canceled.get(41)) == ("4", "4", "gone", None)
    assert (filled[150], filled[39], filled[14], filled[151]) == ("F", "4", "60", "0")
    assert position_of(venue) == 60


@pytest.mark.parametrize(
    ("status", "words"), [("expired", ("C", "C")), ("done_for_day", ("3", "3")), ("canceled", ("4", "4"))]
)
def test_order_ends_unasked(play, status, words):
    venue = play("accept", f"cancel: {{status: {status}, after: 1s}}")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    (ended,) = client.heard(1)
    assert (ended[150], ended[39]) == words
    assert not order_of(venue)["open"]


def test_silently_lost_order_ends_and_nobody_is_told(play):
    venue = play("accept", "cancel: {tell: no, after: 1s}")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    assert client.heard(2) == []
    assert not order_of(venue)["open"]


@pytest.mark.parametrize(
    ("version", "words"), [("FIX.4.4", ("H", None)), ("FIX.4.2", ("0", "1")), ("FIXT.1.1", ("H", None))]
)
def test_busted_trade_leaves_books_and_quantities(play, version, words):
    venue = play("accept", "fill: {quantity: 40}", "bust: {after: 1s}")
    client = venue.client(begin_string=version).logon()
    fill = client.say(ORDER + "|11=a")[-1]
    (bust,) = client.heard(1)
    assert (bust[150], bust.get(20)) == words
    assert (bust[19], bust[14], bust[151], bust[39]) == (fill[17], "0", "100", "0")
    assert bust[17] != fill[17]
    assert position_of(venue) == 0
    assert venue.simulator.ledger.imbalances() == {}


@pytest.mark.parametrize(("version", "words"), [("FIX.4.4", ("G", None)), ("FIX.4.2", ("1", "2"))])
def test_corrected_trade_changes_books_and_quantities(play, version, words):
    venue = play("accept", "fill: {quantity: 40}", "correct: {quantity: 30, price: 9.50, after: 1s}")
    client = venue.client(begin_string=version).logon()
    fill = client.say(ORDER + "|11=a")[-1]
    (correction,) = client.heard(1)
    assert (correction[150], correction.get(20)) == words
    assert (correction[19], correction[32], correction[31]) == (fill[17], "30", "9.5")
    assert (correction[14], correction[6], correction[151]) == ("30", "9.5", "70")
    assert position_of(venue) == 30


def test_restated_order_has_new_terms_and_says_why(play):
    venue = play("accept", "restate: {quantity: 50, price: 5.00, reason: 5, after: 1s}")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    (restated,) = client.heard(1)
    assert (restated[150], restated[378], restated[38], restated[44]) == ("D", "5", "50", "5")
    assert restated[151] == "50"


def test_report_of_ones_own_says_anything_and_changes_nothing(play):
    venue = play("accept", "report: {set: {150: '9', 39: '9', 58: 'about {11}'}, remove: [6]}")
    *_, said = venue.client().logon().say(ORDER + "|11=a")
    assert (said[150], said[39], said[58], said.get(6)) == ("9", "9", "about a", None)
    assert order_of(venue)["status"] == "NEW"


def test_act_without_answer_follows_what_the_exchange_did(play):
    venue = play("fill: {quantity: 25}")
    heard = venue.client().logon().say(ORDER + "|11=a")
    assert [(m[150], m[39]) for m in heard] == [("0", "0"), ("F", "1")]


def test_timed_act_takes_the_order_it_names(play):
    venue = play("cancel: {order: a}", "cancel: {order: open, after: 1s}", when="time: 1s")
    client = venue.client().logon()
    client.say(ORDER + "|11=a", ORDER + "|11=b", ORDER + "|11=c")
    assert [m[11] for m in client.heard(1)] == ["a"]
    assert [m[11] for m in client.heard(1)] == ["b", "c"]


def test_second_use_of_an_id_is_the_exchanges_own_answer(play):
    venue = play("accept")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    assert client.say(ORDER + "|11=a")[0][103] == "6"
    assert client.say(ORDER.replace("ABC", "NONE") + "|11=b")[0][103] == "1"
    assert client.say("35=D|11=z|55=ABC")[0][35] == "3"


def test_acts_keep_their_order_around_one_on_the_session(play):
    venue = play("accept", "jump_sequence: {out: 5}", "fill: {quantity: 10}")
    heard = venue.client().logon().say(ORDER + "|11=a")
    assert [(m[150], m[34]) for m in heard] == [("0", "2"), ("F", "8")]


FEES = "venue: {fees: {maker_bps: 10, taker_bps: 20}}\n"


def charged(venue):
    return Decimal(venue.simulator.ledger.as_json("GW")["positions"][0]["fees"])


@pytest.mark.parametrize(
    ("then", "fees"),
    [
        ("fill: {quantity: 10, after: 1s}", ["0.4", "0.5"]),
        ("bust: {after: 1s}", ["0.4", "0"]),
        ("correct: {quantity: 50, price: 9.00, after: 1s}", ["0.4", "0.45"]),
    ],
)
def test_scripted_trade_its_bust_and_its_correction_have_fees(make_venue, then, fees):
    acts = f"[accept, {{fill: {{quantity: 40}}}}, {{{then}}}]"
    scenario = f"name: t\npurpose: t\nrules:\n- {{when: {{message: D}}, do: {acts}}}\n"
    venue = make_venue(QUIET + SYMBOLS + FEES, scenario=scenario)
    client = venue.client().logon()
    fill = client.say(ORDER + "|11=a")[-1]
    assert (fill[12], fill[13], fill[851]) == ("0.4", "3", "1")
    seen = [charged(venue)]
    client.heard(1)
    assert [*seen, charged(venue)] == [Decimal(fee) for fee in fees]


def test_scripted_trade_is_seen_by_those_who_follow_the_market(play):
    venue = play("fill: {quantity: 25, after: 1s}")
    watcher = venue.client("MD").logon("108=0")
    watcher.say("35=V|262=m|263=1|264=0|265=1|267=2|269=0|269=2|146=1|55=ABC")
    venue.client().logon().say(ORDER + "|11=a")
    (update,) = watcher.heard(1)
    assert (update[35], update[268]) == ("X", "2")  # the order's level, and the trade
    assert (update[269], update[270], update[271]) == ("2", "10", "25")


def test_bust_of_what_the_book_traded_is_open_in_the_book_again(play):
    venue = play("bust: {fill: last}", when="message: H")
    client, other = venue.client().logon(), venue.client("OTHER").logon()
    client.say(ORDER + "|11=a")
    other.say(ORDER.replace("54=1", "54=2").replace("38=100", "38=30") + "|11=s|59=3")
    client.say("35=H|11=a|55=ABC|54=1")
    book = venue.inner.exchange.books["ABC"]
    assert list(book.depth(True)) == [(Decimal("10.00"), 100)]
    assert other.bytes.count(b"\x01150=H\x01") == 1, "both sides are told"
    assert venue.inner.ledger.trades == []


def test_bust_of_an_order_worked_by_script_puts_it_into_no_book(play):
    venue = play("accept", "fill", "bust: {after: 1s}")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    (bust,) = client.heard(1)
    assert (bust[150], bust[39], bust[151]) == ("H", "0", "100")
    assert list(venue.inner.exchange.books["ABC"].depth(True)) == []


def test_correction_by_script_goes_no_further_than_the_order(play):
    venue = play("accept", "fill: {quantity: 40}", "correct: {quantity: 500, after: 1s}")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    (correction,) = client.heard(1)
    assert (correction[150], correction[32], correction[14], correction[39]) == ("G", "100", "100", "2")


def test_drop_copy_hears_of_scripted_trades(make_venue):
    scenario = "name: t\npurpose: t\nrules:\n- {when: {message: D}, do: [accept, fill]}\n"
    venue = make_venue(QUIET + SYMBOLS + "roles: {COPY: {drop_copy_of: [GW]}}\n", scenario=scenario)
    copy = venue.client("COPY").logon("108=0")
    venue.client().logon().say(ORDER + "|11=a")
    assert [(m[150], m[797]) for m in copy.inbox if m[35] == "8"] == [("0", "Y"), ("F", "Y")]


def test_report_says_again_what_the_message_at_hand_said(play):
    venue = play(
        "report: {set: {17: '{17}', 150: F, 32: '{32}'}, after: 1s}",
        when="message: '8', at: reporting, fields: {150: F}, count: 1",
    )
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    venue.client("OTHER").logon().say(ORDER.replace("54=1", "54=2").replace("38=100", "38=30") + "|11=s")
    fill = client.inbox[-1]
    (again,) = client.heard(1)
    assert (again[150], again[17], again[32]) == ("F", fill[17], "30")
    assert again[34] != fill[34]
