"""The session rules, over exact messages and virtual time."""

from decimal import Decimal

import pytest

LOGON = "35=A|98=0|108=30"
ORDER = "35=D|55=ABC|54=1|38=100|40=2|44=10.00"


def types(messages):
    return [m[35] for m in messages]


@pytest.mark.parametrize(("begin", "extra"), [("FIX.4.2", ""), ("FIX.4.4", ""), ("FIXT.1.1", "|1137=9")])
def test_logon_of_each_version_is_answered_in_kind(venue, begin, extra):
    client = venue.client(begin_string=begin).connect()
    (answer,) = client.say(LOGON + extra)
    assert (answer[8], answer[35], answer[34], answer[108]) == (begin, "A", "1", "30")
    assert answer.get(1137) == ("9" if extra else None)


@pytest.mark.parametrize(("begin", "extra"), [("FIX.4.3", ""), ("FIXT.1.1", ""), ("FIXT.1.1", "|1137=7")])
def test_logon_of_an_unknown_version_is_closed_without_answer(venue, begin, extra):
    client = venue.client(begin_string=begin).connect()
    assert client.say(LOGON + extra) == []
    assert "BeginString(8) must be one of" in client.closed


def test_first_message_other_than_logon_closes(venue):
    client = venue.client().connect()
    assert client.say(ORDER + "|11=a") == []
    assert client.closed == "the first message must be Logon(A)"
    assert venue.simulator.ledger.new_order_arrivals == {}


def test_logon_for_another_target_is_told_why_and_uses_no_number(venue):
    client = venue.client().connect()
    (answer,) = client.say(LOGON + "|56=NYSE")
    assert answer[35] == "5"
    assert answer[58] == "TargetCompID(56) must be SIM, was NYSE"
    assert client.closed
    client.seq = 1
    assert client.logon().inbox[0][34] == "1"


def test_second_connection_of_a_counterparty_is_closed_and_the_first_stays(venue):
    first = venue.client().logon()
    second = venue.client().connect()
    assert second.say(LOGON) == []
    assert second.closed == "GW is already connected"
    (heartbeat,) = first.say("35=1|112=still there")
    assert heartbeat[112] == "still there"


def test_logon_too_low_is_logged_out_with_text(venue):
    client = venue.client().logon()
    client.say("35=0", "35=0")
    client.drop()
    client.seq = 1
    (answer,) = client.connect().say(LOGON)
    assert answer[35] == "5"
    assert answer[58] == "MsgSeqNum(34) too low, expecting 4 but received 1"
    assert client.closed


def test_message_too_low_without_poss_dup_is_logged_out(venue):
    client = venue.client().logon()
    client.say("35=0")
    (answer,) = client.say("35=0|34=2")
    assert (answer[35], answer[58]) == ("5", "MsgSeqNum(34) too low, expecting 3 but received 2")
    assert client.closed


def test_message_too_low_with_poss_dup_is_ignored(venue):
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    assert client.say(ORDER + "|11=a|34=2|43=Y|122=20260101-11:00:00.000") == []
    assert client.closed is None
    assert venue.simulator.ledger.new_order_arrivals == {"GW": {"a": 1}}


def test_gap_is_asked_for_and_nothing_ahead_of_it_is_processed(venue):
    client = venue.client().logon()
    lost = client.bytes_of(ORDER + "|11=lost")
    answers = client.say(ORDER + "|11=ahead", ORDER + "|11=further")
    assert [(a[35], a[7], a[16]) for a in answers] == [("2", "2", "0")]
    assert venue.simulator.ledger.new_order_arrivals == {}
    at = "43=Y|122=20260101-12:00:00.000"
    answers = client.raw(lost) + client.say(
        ORDER + f"|11=ahead|34=3|{at}", ORDER + f"|11=further|34=4|{at}", ORDER + "|11=live"
    )
    assert [m[11] for m in answers] == ["lost", "ahead", "further", "live"]
    assert venue.simulator.ledger.new_order_arrivals == {
        "GW": {"lost": 1, "ahead": 1, "further": 1, "live": 1}
    }


def test_gap_that_is_not_answered_is_asked_for_again(venue):
    client = venue.client().logon()
    client.say("35=0|34=5")
    asked = [m for m in client.heard(31) if m[35] == "2"]
    assert [(m[7], m[16]) for m in asked] == [("2", "0")]


def test_logon_ahead_of_a_gap_is_accepted_and_the_gap_asked_for(venue):
    client = venue.client().connect()
    answers = client.say(LOGON + "|34=7")
    assert types(answers) == ["A", "2"]
    assert (answers[1][7], answers[1][16]) == ("1", "0")


def test_resend_request_ahead_of_a_gap_is_answered_before_the_gap_is_asked_for(venue):
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    answers = client.say("35=2|7=1|16=0|34=9")
    assert types(answers) == ["4", "8", "2"]


def test_gap_fill_moves_past_administrative_messages(venue):
    client = venue.client().logon()
    client.say("35=0|34=6")
    assert client.say("35=4|34=2|43=Y|123=Y|36=7") == []
    client.seq = 7
    (answer,) = client.say("35=1|112=x")
    assert (answer[35], answer[112]) == ("0", "x")


def test_gap_fill_that_goes_back_is_rejected(venue):
    client = venue.client().logon()
    client.say("35=0", "35=0")
    (answer,) = client.say("35=4|123=Y|36=2")
    assert (answer[35], answer[371], answer[373]) == ("3", "36", "5")


def test_sequence_reset_moves_forward_whatever_its_own_number(venue):
    client = venue.client().logon()
    assert client.say("35=4|34=1|36=50") == []
    client.seq = 50
    assert types(client.say("35=1|112=x")) == ["0"]


def test_sequence_reset_that_goes_back_is_rejected_and_changes_nothing(venue):
    client = venue.client().logon()
    client.say("35=0")
    (answer,) = client.say("35=4|34=9|36=1")
    assert (answer[35], answer[373]) == ("3", "5")
    assert types(client.say("35=1|112=x")) == ["0"]


def test_resend_gives_application_messages_flagged_and_gap_fills_the_rest(venue):
    client = venue.client().logon()
    (report,) = client.say(ORDER + "|11=a")
    client.say("35=1|112=x")
    client.say(ORDER + "|11=b")
    venue.now += 5_000_000_000
    answers = client.say("35=2|7=1|16=0")
    assert [(m[35], m[34], m.get(36), m[43]) for m in answers] == [
        ("4", "1", "2", "Y"),
        ("8", "2", None, "Y"),
        ("4", "3", "4", "Y"),
        ("8", "4", None, "Y"),
    ]
    again = answers[1]
    assert again[122] == report[52]
    assert again[52] == "20260101-12:00:05.000"
    assert again[17] == report[17]
    # The live sequence goes on where it was.
    assert client.say("35=1|112=y")[0][34] == "5"


def test_resend_of_a_range_stops_at_its_end(venue):
    client = venue.client().logon()
    for name in "abcd":
        client.say(ORDER + f"|11={name}")
    assert [(m[34], m[11]) for m in client.say("35=2|7=3|16=4")] == [("3", "b"), ("4", "c")]


@pytest.mark.parametrize("ends", ["7=5|16=4", "7=0|16=0", "7=99|16=0"])
def test_resend_request_for_what_was_never_sent_is_rejected(venue, ends):
    client = venue.client().logon()
    (answer,) = client.say(f"35=2|{ends}")
    assert (answer[35], answer[372]) == ("3", "2")


def test_reports_of_an_absent_client_come_by_resend(venue):
    resting = venue.client("REST").logon()
    resting.say("35=D|11=r|55=ABC|54=2|38=100|40=2|44=10.00")
    resting.drop()
    venue.client("TAKE").logon().say(ORDER + "|11=t")
    resting.connect()
    (logon,) = resting.say(LOGON)
    assert logon[34] == "4"  # 3 is the fill that was never sent
    fill, gap = resting.say("35=2|7=3|16=0")
    assert (fill[35], fill[150], fill[32], fill[43]) == ("8", "F", "100", "Y")
    assert (gap[35], gap[36]) == ("4", "5")


def test_next_expected_number_at_logon_brings_the_missing_without_a_request(venue):
    resting = venue.client("REST").logon()
    resting.say("35=D|11=r|55=ABC|54=2|38=100|40=2|44=10.00")
    resting.drop()
    venue.client("TAKE").logon().say(ORDER + "|11=t")
    resting.connect()
    logon, fill, gap = resting.say(LOGON + "|789=3")
    assert (logon[35], logon[789]) == ("A", "4")
    assert (fill[35], fill[34], fill[43]) == ("8", "3", "Y")
    assert (gap[35], gap[34], gap[36]) == ("4", "4", "5")


def test_next_expected_number_beyond_what_was_sent_is_refused(venue):
    client = venue.client().connect()
    (answer,) = client.say(LOGON + "|789=8")
    assert answer[35] == "5"
    assert "NextExpectedMsgSeqNum(789) 8 is beyond" in answer[58]


def test_reset_at_logon_starts_both_sides_at_one(venue):
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    client.drop()
    client.seq = 1
    (answer,) = client.connect().say(LOGON + "|141=Y")
    assert (answer[35], answer[34], answer[141]) == ("A", "1", "Y")
    assert types(client.say("35=1|112=x")) == ["0"]


def test_reset_within_the_session_starts_both_sides_at_one(venue):
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    (answer,) = client.say(LOGON + "|141=Y|34=1")
    assert (answer[35], answer[34], answer[141]) == ("A", "1", "Y")
    client.seq = 2
    assert client.say("35=1|112=x")[0][34] == "2"


def test_silence_brings_heartbeat_then_test_request_then_the_end(venue):
    client = venue.client().logon("108=10")
    assert types(client.heard(11)) == ["0"]
    assert types(client.heard(2)) == ["1"]
    client.heard(13)
    assert client.closed == "TestRequest not answered"


def test_any_message_answers_a_test_request(venue):
    client = venue.client().logon("108=10")
    client.heard(13)
    client.say("35=0")
    client.heard(11)
    assert client.closed is None


def test_heartbeat_interval_of_zero_means_none(venue):
    client = venue.client().logon("108=0")
    assert client.heard(3600) == []
    assert client.closed is None


def test_connection_without_logon_is_closed_after_the_timeout(venue):
    client = venue.client().connect()
    client.heard(11)
    assert client.closed == "no Logon within 10 s"


def test_logout_is_answered_and_the_numbers_go_on_at_the_next_logon(venue):
    client = venue.client().logon()
    (answer,) = client.say("35=5")
    assert (answer[35], answer[34]) == ("5", "2")
    assert client.closed
    (answer,) = client.connect().say(LOGON)
    assert (answer[35], answer[34]) == ("A", "3")


def test_logout_ahead_of_a_gap_leaves_the_gap_to_the_next_logon(venue):
    client = venue.client().logon()
    client.say("35=5|34=9")
    client.seq = 10
    assert types(client.connect().say(LOGON)) == ["A", "2"]


def test_shutdown_logs_out_and_closes_on_the_answer(venue):
    client = venue.client().logon()
    venue.carry_out(venue.simulator.shutdown(venue.now))
    assert types(client.inbox)[-1] == "5"
    client.say("35=5")
    assert client.closed == "logged out"


def test_shutdown_does_not_wait_for_ever(venue):
    client = venue.client().logon()
    venue.carry_out(venue.simulator.shutdown(venue.now))
    client.heard(3)
    assert client.closed == "Logout not answered within 2 s"


@pytest.mark.parametrize(
    ("text", "reason", "tag"),
    [
        ("35=0|52=yesterday", "6", "52"),
        ("35=0|52=20260101-12:10:00.000", "10", "52"),
        ("35=0|49=OTHER", "9", None),
        ("35=1", "1", "112"),
        ("35=1|112=", "4", "112"),
        ("35=D|43=Y|11=a", "1", "122"),
        ("35=D|43=Y|122=20260101-13:00:00.000", "10", "122"),
        ("35=!", "11", None),
    ],
)
def test_bad_header_is_rejected_with_reason_and_tag(venue, text, reason, tag):
    client = venue.client().logon()
    answer = client.say(text)[0]
    assert (answer[35], answer[45], answer[373], answer.get(371)) == ("3", "2", reason, tag)


def test_missing_sequence_number_ends_the_session(venue):
    client = venue.client().logon()
    data = client.bytes_of("35=0").replace(b"34=2\x01", b"35=0\x01", 1)
    total = sum(data[:-7]) % 256
    (answer,) = client.raw(data[:-7] + b"10=%03d\x01" % total)
    assert (answer[35], client.closed) == ("5", "MsgSeqNum(34) is missing or no positive number")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff" * 50,
        b"8=FIX.4.4\x019=x\x01",
        b"8=FIX",
        b"8=FIX.4.4\x019=999999999\x01",
        b"10=000\x01",
        b"\x01" * 9,
    ],
)
def test_garbage_within_a_session_is_skipped_and_uses_no_number(venue, garbage):
    client = venue.client().logon()
    (answer,) = client.raw(garbage + client.bytes_of("35=1|112=x"))
    assert (answer[35], answer[112]) == ("0", "x")
    assert any("garbled" in line for line in venue.logs)


def test_wrong_checksum_is_ignored_and_its_number_stays_expected(venue):
    client = venue.client().logon()
    data = client.bytes_of(ORDER + "|11=a")
    assert client.raw(data.replace(b"38=100", b"38=900")) == []
    assert types(client.raw(data)) == ["8"]


def test_garbage_before_logon_closes(venue):
    client = venue.client().connect()
    client.raw(b"GET / HTTP/1.1\r\n\r\n")
    assert client.closed == "the first bytes are no Logon"


def test_stream_cut_at_every_byte_gives_the_same_answers(venue, make_venue):
    whole = venue.client().logon()
    expected = whole.say(ORDER + "|11=a", "35=1|112=x", ORDER + "|11=b")
    client = make_venue().client().logon()
    data = client.bytes_of(ORDER + "|11=a") + client.bytes_of("35=1|112=x") + client.bytes_of(ORDER + "|11=b")
    got = []
    for i in range(len(data)):
        got += client.raw(data[i : i + 1])
    assert got == expected


def test_business_message_that_is_not_served_is_refused_as_such(venue):
    client = venue.client().logon()
    (answer,) = client.say("35=R|131=1")
    assert (answer[35], answer[45], answer[372], answer[380]) == ("j", "2", "R", "3")


def test_heartbeat_is_not_due_while_reports_flow(venue):
    client = venue.client().logon("108=10")
    client.heard(Decimal("9.5"))
    client.say(ORDER + "|11=a")
    assert client.heard(5) == []
