"""Misbehaviour on request."""

from decimal import Decimal

import pytest

BASE = "liquidity: {enabled: false}\nsymbols: {ABC: {price: 10}}\n"
ORDER = "35=D|55=ABC|54=1|38=100|40=2|44=10.00"


def test_symbol_is_rejected_with_the_given_code_and_text(make_venue):
    venue = make_venue(BASE + "behaviours: {reject_symbols: {ABC: {code: 2, text: closed today}}}\n")
    (report,) = venue.client().logon().say(ORDER + "|11=a")
    assert (report[39], report[103], report[58]) == ("8", "2", "closed today")


@pytest.mark.parametrize(
    ("mode", "arrived", "heard_before", "next_in"),
    [("lost", 1, 1, 3), ("processed", 2, 1, 4), ("answered", 2, 2, 4)],
)
def test_connection_is_cut_at_the_given_message(make_venue, mode, arrived, heard_before, next_in):
    config = f"behaviours: {{drop_connection: {{after_messages: 2, message_is: {mode}}}}}\n"
    venue = make_venue(BASE + config)
    client = venue.client().logon()
    heard = client.say(ORDER + "|11=a", ORDER + "|11=b", ORDER + "|11=never read")
    assert len(heard) == heard_before
    assert client.closed.startswith("dropped by configuration")
    assert sum(venue.simulator.ledger.new_order_arrivals["GW"].values()) == arrived
    assert venue.simulator.registry.get("GW").next_in == next_in
    # Only once: the next connection stays.
    client.seq = next_in
    client.connect().say("35=A|98=0|108=30")
    assert len(client.say(*(ORDER + f"|11=c{i}" for i in range(5)))) == 5


def test_delayed_request_is_answered_after_the_delay_and_not_before(make_venue):
    venue = make_venue(BASE + "behaviours: {acks: {delay_ms: 250}}\n")
    client = venue.client().logon()
    assert client.say(ORDER + "|11=a") == []
    assert client.heard(Decimal("0.249")) == []
    (report,) = client.heard(Decimal("0.001"))
    assert (report[150], report[11], report[60]) == ("0", "a", "20260101-12:00:00.250")


def test_second_change_of_an_order_is_refused_while_the_first_is_pending(make_venue):
    venue = make_venue(BASE + "behaviours: {acks: {delay_ms: 250, report_pending: true}}\n")
    client = venue.client().logon()
    client.say(ORDER + "|11=a")
    client.heard(1)
    (pending,) = client.say("35=F|11=b|41=a|55=ABC|54=1")
    assert (pending[150], pending[39], pending[11], pending[41]) == ("6", "6", "b", "a")
    (refused,) = client.say("35=F|11=c|41=a|55=ABC|54=1")
    assert (refused[35], refused[102]) == ("9", "3")
    (canceled,) = client.heard(1)
    assert (canceled[150], canceled[11]) == ("4", "b")
    client.say("35=F|11=d|41=b|55=ABC|54=1")
    (late,) = client.heard(1)
    assert (late[35], late[102]) == ("9", "0")


def test_fill_overtakes_a_pending_cancel(make_venue):
    venue = make_venue(BASE + "behaviours: {acks: {delay_ms: 250}}\n")
    client = venue.client().logon()
    client.say(ORDER + "|11=a", ORDER.replace("54=1", "54=2") + "|11=s")
    client.say("35=F|11=c|41=a|55=ABC|54=1")
    kinds = [(m[35], m.get(150), m.get(102)) for m in client.heard(1)]
    assert kinds[-1] == ("9", None, "0")
    assert ("8", "F", None) in kinds
