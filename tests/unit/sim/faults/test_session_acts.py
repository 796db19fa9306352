"""What happens to messages and connections on their way."""

from decimal import Decimal

import pytest

ORDER = "35=D|55=ABC|54=1|38=100|40=2|44=10.00"


@pytest.fixture
def play(make_venue):
    """Start a venue with these rules."""

    def start(rules: str):
        return make_venue(scenario=f"name: t\npurpose: t\nrules:\n{rules}")

    return start


def types(messages):
    return [m[35] for m in messages]


def test_dropped_report_is_a_gap_that_a_resend_fills(play):
    venue = play("- {when: {message: '8', count: 1}, do: [drop]}\n")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a") == []
    (second,) = client.say(ORDER + "|11=b")
    assert second[34] == "3"
    (resent,) = client.say("35=2|7=2|16=2")
    assert (resent[11], resent[43], resent[34]) == ("a", "Y", "2")
    assert venue.verdict.passed


def test_report_lost_before_it_is_numbered_leaves_no_gap(play):
    venue = play("- {when: {at: reporting, message: '8', fields: {150: '0'}}, do: [drop]}\n")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a") == []
    assert client.say("35=1|112=x")[0][34] == "2"
    assert venue.simulator.ledger.as_json("GW")["orders"][0]["status"] == "NEW"


def test_dropped_request_is_missed_by_the_session(play):
    venue = play("- {when: {message: D, count: 1}, do: [drop]}\n")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a") == []
    (asked,) = client.say(ORDER + "|11=b")
    assert (asked[35], asked[7]) == ("2", "2")


def test_duplicate_before_numbering_is_two_messages_and_on_the_wire_the_same_twice(play):
    venue = play(
        "- {name: a, when: {at: reporting, fields: {11: a}}, do: [{duplicate: {times: 2}}]}\n"
        "- {name: b, when: {at: sending, fields: {11: b}}, do: [duplicate]}\n"
    )
    client = venue.client().logon()
    three = client.say(ORDER + "|11=a")
    assert ([m[34] for m in three], len({m[17] for m in three})) == (["2", "3", "4"], 1)
    assert [m[34] for m in client.say(ORDER + "|11=b")] == ["5", "5"]


def test_delayed_message_holds_up_what_follows(play):
    venue = play("- {when: {message: '8', count: 1}, do: [{delay: {by: 200ms}}]}\n")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a", ORDER + "|11=b", "35=1|112=x") == []
    assert client.heard(Decimal("0.199")) == []
    assert [(m[35], m.get(11)) for m in client.heard(Decimal("0.001"))] == [
        ("8", "a"),
        ("8", "b"),
        ("0", None),
    ]


@pytest.mark.parametrize(("at", "numbers"), [("sending", ["3", "2"]), ("reporting", ["2", "3"])])
def test_reordered_message_comes_behind_the_next(play, at, numbers):
    venue = play(f"- {{when: {{at: {at}, message: '8', count: 1}}, do: [reorder]}}\n")
    client = venue.client().logon()
    heard = client.say(ORDER + "|11=a", ORDER + "|11=b")
    assert [m[11] for m in heard] == ["b", "a"]
    assert [m[34] for m in heard] == numbers


def test_reordered_message_that_nothing_follows_comes_in_the_end(play):
    venue = play("- {when: {message: '8'}, do: [{reorder: {behind: 5, at_most: 300ms}}]}\n")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a") == []
    assert types(client.heard(1)) == ["8"]


@pytest.mark.parametrize(
    ("change", "wire"),
    [
        ("8: FIX.4.2", b"8=FIX.4.2|"),
        ("9: 7", b"|9=7|"),
        ("10: '000'", b"|10=000|"),
        ("34: '{34+5}'", b"|34=7|"),
        ("35: '9'", b"|35=9|"),
        ("52: '{now-300}'", b"|52=20260101-11:55:00.000|"),
        ("58: 'text of {11}'", b"|58=text of a|10="),
    ],
)
def test_any_field_of_a_message_can_be_altered(play, change, wire):
    venue = play(f"- {{when: {{message: '8'}}, do: [{{alter: {{set: {{{change}}}}}}}]}}\n")
    client = venue.client().logon()
    before = len(client.bytes)
    client.say(ORDER + "|11=a")
    data = client.bytes[before:].replace(b"\x01", b"|")
    assert wire in data
    if not change.startswith(("9", "10")):
        whole = data.replace(b"|", b"\x01")
        head, _, rest = whole.partition(b"\x0135=")
        assert int(head.rpartition(b"=")[2]) == len(b"35=" + rest) - 7
        assert int(whole[-4:-1]) == sum(whole[:-7]) % 256


def test_altered_request_is_what_the_exchange_sees(play):
    venue = play("- {when: {message: D}, do: [{alter: {set: {38: 7}, remove: [1]}}]}\n")
    (report,) = venue.client().logon().say(ORDER + "|11=a|1=ACC")
    assert (report[38], report.get(1)) == ("7", None)


def test_own_message_is_numbered_and_stored_and_raw_bytes_are_neither(play):
    venue = play(
        "- when: {message: D}\n  do:\n"
        "  - send: {message: '35=B|148=on {11}'}\n"
        "  - send: {raw: '8=FIX.4.4|9=5|35=0|10=163|'}\n"
        "  - send: {hex: 00 ff}\n"
    )
    client = venue.client().logon()
    report, news = client.say(ORDER + "|11=a")[:2]
    assert (report[34], news[34], news[148]) == ("2", "3", "on a")
    assert client.bytes.endswith(b"8=FIX.4.4\x019=5\x0135=0\x0110=163\x01\x00\xff")
    assert client.say("35=1|112=x")[0][34] == "4"


@pytest.mark.parametrize(
    ("at", "how", "heard", "arrived", "next_in"),
    [
        ("received", "now", 0, 0, 2),
        ("received", "after_receipt", 0, 1, 3),
        ("received", "after_answer", 1, 1, 3),
        ("request", "now", 0, 0, 3),
        ("request", "after_receipt", 0, 1, 3),
        ("request", "after_answer", 1, 1, 3),
    ],
)
def test_connection_is_cut_at_a_request(play, at, how, heard, arrived, next_in):
    venue = play(f"- {{when: {{at: {at}, message: D}}, do: [{{disconnect: {{how: {how}}}}}]}}\n")
    client = venue.client().logon()
    assert len(client.say(ORDER + "|11=a", ORDER + "|11=never")) == heard
    assert client.closed == "cut by rule"
    assert sum(venue.simulator.ledger.new_order_arrivals.get("GW", {}).values()) == arrived
    assert venue.inner.registry.get("GW").next_in == next_in
    assert venue.simulator.logged_on == []


def test_connection_is_cut_in_the_middle_of_a_report(play):
    venue = play("- {when: {message: '8', count: 1}, do: [{disconnect: {how: mid_message}}]}\n")
    client = venue.client().logon()
    before = len(client.bytes)
    assert client.say(ORDER + "|11=a") == []
    part = client.bytes[before:]
    assert part.startswith(b"8=FIX.4.4\x01")
    assert b"\x0110=" not in part
    assert client.closed is not None
    client.seq = 3
    client.connect().say("35=A|98=0|108=30")
    assert client.say("35=2|7=2|16=2")[0][11] == "a"


def test_half_open_venue_is_silent_and_lets_the_client_come_back(play):
    venue = play("- {when: {message: D, count: 1}, do: [half_open]}\n")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    assert client.say("35=1|112=x") == []
    assert client.heard(300) == []
    assert client.closed is None
    client.drop()
    client.seq = 3
    assert types(client.connect().say("35=A|98=0|108=30")) == ["A"]


def test_reading_stops_for_a_time(play):
    venue = play("- {when: {message: D}, do: [{stop_reading: {for: 2s}}]}\n")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    assert venue.paused == {1}
    venue.advance(2)
    assert venue.paused == set()


def test_skewed_clock_shows_in_every_time_that_is_sent(play):
    venue = play("- {when: {message: A}, do: [{skew_clock: {by: -5m}}]}\n")
    client = venue.client().logon()
    (report,) = client.say(ORDER + "|11=a")
    assert (report[52], report[60]) == ("20260101-11:55:00.000", "20260101-11:55:00.000")


def test_jumped_sequence_is_a_gap_of_nothing(play):
    venue = play("- {when: {message: D}, do: [{jump_sequence: {out: 10}}]}\n")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a")[0][34] == "2"
    assert client.say("35=1|112=x")[0][34] == "13"
    heard = client.say("35=2|7=1|16=0")
    assert [(m[35], m[34], m.get(36)) for m in heard][1:] == [("8", "2", None), ("4", "3", "14")]


def test_fills_are_gap_filled_over(play):
    venue = play("- {when: {message: D}, do: [{gap_fill: {message: ['8'], after: 1s}}]}\n")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    venue.advance(1)
    (fill,) = client.say("35=2|7=2|16=2")
    assert (fill[35], fill[36]) == ("4", "3")


def test_client_is_logged_out_and_trading_is_halted_and_resumed(play):
    venue = play(
        "- {name: halt, when: {time: 1s}, do: [halt]}\n"
        "- {name: resume, when: {time: 2s}, do: [resume]}\n"
        "- {name: out, when: {time: 3s}, do: [{logout: {text: bye}}]}\n"
    )
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    venue.advance(1)
    (rejected,) = client.say(ORDER + "|11=b")
    assert (rejected[39], rejected[103], rejected[58]) == ("8", "2", "trading is halted")
    (late,) = client.say("35=G|11=c|41=a|55=ABC|54=1|38=50|40=2|44=10.00")
    assert (late[35], late[102]) == ("9", "2")
    assert client.say("35=F|11=d|41=a|55=ABC|54=1")[0][39] == "4"
    venue.advance(1)
    assert client.say(ORDER + "|11=e")[0][39] == "0"
    (logout,) = client.heard(1)
    assert (logout[35], logout[58]) == ("5", "bye")
    assert venue.verdict.passed


@pytest.mark.parametrize(
    ("forget", "next_out", "known"),
    [("", "3", True), ("forget: [sessions]", "1", True), ("forget: [sessions, orders]", "1", False)],
)
def test_restarted_venue_refuses_for_a_time_and_forgets_what_it_is_told(play, forget, next_out, known):
    venue = play(f"- {{when: {{time: 1s}}, do: [{{restart: {{for: 2s, {forget}}}}}]}}\n")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    venue.advance(1)
    assert client.closed == "restart by rule"
    client.connect()
    assert client.closed == "the venue is down"
    venue.advance(2)
    client.seq = 1 if forget else 3
    assert client.connect().say("35=A|98=0|108=30")[0][34] == next_out
    (status,) = client.say("35=H|11=a|55=ABC|54=1")
    assert (status[39] == "0") is known
    assert venue.simulator.ledger.as_json("GW")["orders"][0]["open"] is known


def test_rule_acts_for_its_session_alone(play):
    venue = play("- {when: {message: D, session: 'B*'}, do: [drop]}\n")
    assert len(venue.client("A1").logon().say(ORDER + "|11=a")) == 1
    assert venue.client("B1").logon().say(ORDER + "|11=a") == []


def test_count_every_times_and_probability_choose_messages(play):
    venue = play(
        "- {name: count, when: {at: sending, message: '8', count: 2}, do: [drop]}\n"
        "- {name: every, when: {at: sending, message: '8', first: 4, every: 3, times: 2}, do: [drop]}\n"
        "- {name: chance, when: {at: sending, message: '0', probability: 0.5}, do: [drop]}\n"
    )
    client = venue.client().logon()
    heard = [m[11] for m in client.say(*(f"{ORDER}|11={i}" for i in range(1, 13)))]
    assert heard == ["1", "3", "5", "6", "8", "9", "10", "11", "12"]
    answered = len(client.say(*(f"35=1|112={i}" for i in range(100))))
    assert 30 < answered < 70


def test_same_seed_gives_the_same_bytes_and_the_history_says_what_happened(play):
    runs = []
    for _ in range(2):
        venue = play("- {when: {at: sending, probability: 0.4}, do: [drop]}\n")
        client = venue.client()
        client.connect()
        client.say("35=A|98=0|108=30")
        for i in range(50):
            client.say(f"{ORDER}|11={i}")
        runs.append((client.bytes, list(venue.play.layer.history)))
    assert runs[0] == runs[1]
    assert {(h.act, h.session) for h in runs[0][1]} == {("drop", "GW")}
