"""The same events in the words of each FIX version."""

import pytest

ORDER = "35=D|55=ABC|54=1|38=100|40=2|44=10.00"


@pytest.fixture
def old(venue):
    return venue.client("OLD", "FIX.4.2").logon()


def test_fix42_trade_has_exec_trans_type_and_the_status_as_exec_type(venue, old):
    (new,) = old.say(ORDER + "|11=a")
    assert (new[8], new[20], new[150], new[39]) == ("FIX.4.2", "0", "0", "0")
    taker = venue.client("T").logon()
    taker.say(ORDER.replace("54=1", "54=2").replace("38=100", "38=40") + "|11=t")
    taker.say(ORDER.replace("54=1", "54=2").replace("38=100", "38=60") + "|11=u")
    assert [(m[20], m[150], m[39], m[32]) for m in old.inbox[1:]] == [
        ("0", "1", "1", "40"),
        ("0", "2", "2", "60"),
    ]


def test_fix42_replace_without_fills_has_status_replaced(old):
    old.say(ORDER + "|11=a")
    (report,) = old.say(ORDER.replace("35=D", "35=G").replace("38=100", "38=90") + "|11=b|41=a")
    assert (report[20], report[150], report[39]) == ("0", "5", "5")


def test_fix42_status_is_told_by_exec_trans_type(old):
    old.say(ORDER + "|11=a")
    (report,) = old.say("35=H|11=a|55=ABC|54=1")
    assert (report[20], report[150], report[39], report[17]) == ("3", "0", "0", "0")
    (report,) = old.say("35=H|11=x|55=ABC|54=1")
    assert (report[20], report[150], report[39], report[103]) == ("3", "8", "8", "5")


def test_fix42_reject_reasons_beyond_its_list_become_broker_option(old):
    (report,) = old.say(ORDER.replace("38=100", "38=0") + "|11=a")
    assert (report[39], report[103]) == ("8", "0")
    (answer,) = old.say("35=F|11=a|41=b|55=ABC|54=1")
    assert (answer[35], answer[102]) == ("9", "2")


def test_fix42_order_needs_handl_inst(old):
    data = old.bytes_of(ORDER + "|11=a|21=")
    (answer,) = old.raw(data)
    assert (answer[35], answer[371], answer[373]) == ("3", "21", "4")


def test_fix50_trade_is_f_and_reasons_have_their_own_codes(venue):
    client = venue.client("NEW", "FIXT.1.1").logon()
    client.say(ORDER + "|11=a")
    venue.client("T").logon().say(ORDER.replace("54=1", "54=2") + "|11=t")
    fill = client.inbox[-1]
    assert (fill[8], fill[150], fill[39], 20 in fill) == ("FIXT.1.1", "F", "2", False)
    (report,) = client.say(ORDER.replace("44=10.00", "44=10.001") + "|11=b")
    assert report[103] == "18"
    (report,) = client.say(ORDER.replace("44=10.00", "44=100.00") + "|11=c")
    assert report[103] == "16"


def test_counterparties_of_different_versions_trade_with_each_other(venue, old):
    old.say(ORDER + "|11=a")
    new = venue.client("NEW", "FIXT.1.1").logon()
    reports = new.say(ORDER.replace("54=1", "54=2") + "|11=b")
    assert (reports[-1][150], old.inbox[-1][150]) == ("F", "2")
