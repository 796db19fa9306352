"""What becomes of orders: matching, time in force, cancel, replace, status and the rules, as FIX reports."""

import pytest


def order(cl_ord_id, side="1", quantity="100", price="10.00", **extra):
    fields = {"11": cl_ord_id, "55": "ABC", "54": side, "38": quantity, "40": "2", "44": price}
    fields |= {key.removeprefix("t"): value for key, value in extra.items()}
    return "35=D|" + "|".join(f"{tag}={value}" for tag, value in fields.items() if value is not None)


def cancel(cl_ord_id, orig, side="1", symbol="ABC"):
    return f"35=F|11={cl_ord_id}|41={orig}|55={symbol}|54={side}"


def replace(cl_ord_id, orig, quantity="100", price="10.00", side="1", **extra):
    more = "".join(f"|{key.removeprefix('t')}={value}" for key, value in extra.items())
    return f"35=G|11={cl_ord_id}|41={orig}|55=ABC|54={side}|38={quantity}|40=2|44={price}{more}"


def shape(report):
    """ExecType, OrdStatus, ClOrdID, LastQty at LastPx, CumQty, LeavesQty."""
    last = f"{report[32]}@{report[31]}" if 32 in report else None
    return (report[150], report[39], report[11], last, report[14], report[151])


@pytest.fixture
def client(venue):
    return venue.client().logon()


def test_order_that_rests_is_new(client):
    (report,) = client.say(order("a", t1="ACC"))
    assert shape(report) == ("0", "0", "a", None, "0", "100")
    assert {tag: report[tag] for tag in (37, 17, 1, 55, 54, 38, 44, 59, 6, 60)} == {
        37: "T-O1",
        17: "T-E1",
        1: "ACC",
        55: "ABC",
        54: "1",
        38: "100",
        44: "10",
        59: "0",
        6: "0",
        60: "20260101-12:00:00.000",
    }


def test_crossing_order_trades_at_the_resting_price_and_both_are_told(venue, client):
    other = venue.client("OTHER").logon()
    other.say(order("s", side="2", quantity="60", price="9.90"))
    reports = client.say(order("b", quantity="100", price="10.00"))
    assert [shape(r) for r in reports] == [
        ("0", "0", "b", None, "0", "100"),
        ("F", "1", "b", "60@9.9", "60", "40"),
    ]
    assert [shape(r) for r in other.inbox[-1:]] == [("F", "2", "s", "60@9.9", "60", "0")]


def test_best_price_trades_first_then_first_come(venue, client):
    makers = venue.client("M").logon()
    makers.say(
        order("late-price", side="2", quantity="10", price="10.02"),
        order("first", side="2", quantity="10", price="10.01"),
        order("second", side="2", quantity="10", price="10.01"),
        order("best", side="2", quantity="10", price="10.00"),
    )
    client.say(order("b", quantity="35", price="10.05"))
    fills = [m for m in makers.inbox if m[150] == "F"]
    assert [(m[11], m[32], m[31]) for m in fills] == [
        ("best", "10", "10"),
        ("first", "10", "10.01"),
        ("second", "10", "10.01"),
        ("late-price", "5", "10.02"),
    ]


def test_average_price_is_weighted_and_has_eight_decimals(venue, client):
    makers = venue.client("M").logon()
    makers.say(order("x", "2", "1", "10.00"), order("y", "2", "2", "10.01"))
    assert client.say(order("b", quantity="3", price="10.01"))[-1][6] == "10.00666667"


def test_market_order_takes_every_price_and_its_rest_is_canceled(venue, client):
    venue.client("M").logon().say(order("x", "2", "10", "10.00"), order("y", "2", "10", "10.50"))
    reports = client.say(order("b", quantity="50", t40="1", t44=None))
    assert [shape(r) for r in reports] == [
        ("0", "0", "b", None, "0", "50"),
        ("F", "1", "b", "10@10", "10", "40"),
        ("F", "1", "b", "10@10.5", "20", "30"),
        ("4", "4", "b", None, "20", "0"),
    ]


def test_immediate_or_cancel_cancels_what_does_not_trade_at_once(venue, client):
    venue.client("M").logon().say(order("x", "2", "10"))
    reports = client.say(order("b", quantity="50", t59="3"))
    assert [shape(r)[:3] for r in reports] == [("0", "0", "b"), ("F", "1", "b"), ("4", "4", "b")]
    assert client.say(order("s", "2", "10", "10.00", t59="3"))[-1][39] == "4"


@pytest.mark.parametrize(("quantity", "kinds"), [("20", ["0", "F", "F"]), ("21", ["0", "4"])])
def test_fill_or_kill_is_all_or_nothing(venue, client, quantity, kinds):
    makers = venue.client("M").logon()
    makers.say(order("x", "2", "10"), order("y", "2", "10"), order("dear", "2", "10", "10.01"))
    reports = client.say(order("b", quantity=quantity, t59="4"))
    assert [r[150] for r in reports] == kinds


def test_cancel_ends_the_order_under_its_own_cl_ord_id(client):
    client.say(order("a"))
    (report,) = client.say(cancel("c", "a"))
    assert shape(report) == ("4", "4", "c", None, "0", "0")
    assert report[41] == "a"
    assert client.say(order("s", "2", price="9.00"))[-1][150] == "0"  # nothing is left to trade with


@pytest.mark.parametrize("request_of", [cancel, replace])
def test_change_of_an_unknown_order_is_refused_with_reason_1(client, request_of):
    (answer,) = client.say(request_of("c", "nothing"))
    assert (answer[35], answer[102], answer[39], answer[37], answer[41]) == ("9", "1", "8", "NONE", "nothing")
    assert answer[434] == ("1" if request_of is cancel else "2")


def test_change_of_a_filled_order_is_too_late(venue, client):
    venue.client("M").logon().say(order("x", "2"))
    client.say(order("a"))
    (answer,) = client.say(cancel("c", "a"))
    assert (answer[35], answer[102], answer[39]) == ("9", "0", "2")
    (answer,) = client.say(replace("g", "a"))
    assert (answer[35], answer[102], answer[39], answer[434]) == ("9", "0", "2", "2")


def test_cancel_with_a_used_cl_ord_id_is_refused_and_changes_nothing(client):
    client.say(order("a"), order("b"))
    (answer,) = client.say(cancel("b", "a"))
    assert (answer[35], answer[102]) == ("9", "6")
    assert client.say("35=H|11=a|55=ABC|54=1")[0][39] == "0"


def test_refused_cancel_uses_up_its_cl_ord_id(client):
    client.say(cancel("c", "nothing"))
    (answer,) = client.say(order("c"))
    assert (answer[150], answer[103]) == ("8", "6")


def test_other_counterparty_cannot_touch_the_order(venue, client):
    client.say(order("a"))
    (answer,) = venue.client("OTHER").logon().say(cancel("c", "a"))
    assert (answer[35], answer[102]) == ("9", "1")


def test_replace_down_at_the_same_price_keeps_priority(venue, client):
    client.say(order("a"), order("b"))
    (report,) = client.say(replace("a2", "a", quantity="40"))
    assert shape(report) == ("5", "0", "a2", None, "0", "40")
    assert report[41] == "a"
    reports = venue.client("T").logon().say(order("t", "2", "40"))
    assert reports[-1][39] == "2"
    assert client.inbox[-1][11] == "a2"


@pytest.mark.parametrize(("quantity", "price"), [("101", "10.00"), ("100", "10.01")])
def test_replace_up_or_to_another_price_loses_priority(venue, client, quantity, price):
    client.say(order("a"), order("b", price=price))
    client.say(replace("a2", "a", quantity=quantity, price=price))
    venue.client("T").logon().say(order("t", "2", "10", price))
    assert client.inbox[-1][11] == "b"


def test_replace_to_a_crossing_price_trades_at_once(venue, client):
    venue.client("M").logon().say(order("x", "2", "30", "10.50"))
    client.say(order("a"))
    reports = client.say(replace("a2", "a", price="10.50"))
    assert [shape(r) for r in reports] == [
        ("5", "0", "a2", None, "0", "100"),
        ("F", "1", "a2", "30@10.5", "30", "70"),
    ]


def test_replace_to_exactly_what_is_filled_ends_the_order(venue, client):
    client.say(order("a"))
    taker = venue.client("T").logon()
    taker.say(order("t", "2", "40"))
    (report,) = client.say(replace("a2", "a", quantity="40"))
    assert shape(report) == ("5", "2", "a2", None, "40", "0")
    assert taker.say(order("t2", "2", "10"))[-1][150] == "0"


def test_replace_below_what_is_filled_is_too_late(venue, client):
    client.say(order("a"))
    venue.client("T").logon().say(order("t", "2", "40"))
    (answer,) = client.say(replace("a2", "a", quantity="30"))
    assert (answer[35], answer[102], answer[39]) == ("9", "0", "1")
    assert client.say("35=H|11=a|55=ABC|54=1")[0][151] == "60"


def test_replace_below_what_is_filled_can_mean_done(make_venue):
    venue = make_venue(
        "liquidity: {enabled: no}\nexchange: {replace_below_filled: done}\nsymbols: {ABC: {price: 10}}\n"
    )
    client = venue.client().logon()
    client.say(order("a"))
    venue.client("T").logon().say(order("t", "2", "40"))
    (report,) = client.say(replace("a2", "a", quantity="30"))
    assert shape(report) == ("5", "2", "a2", None, "40", "0")


def test_chain_of_replaces_is_followed_by_its_last_cl_ord_id(client):
    client.say(order("a"), replace("b", "a", "90"), replace("c", "b", "80"))
    (answer,) = client.say(cancel("x", "a"))
    assert (answer[35], answer[102]) == ("9", "1")
    (report,) = client.say(cancel("y", "c"))
    assert (report[150], report[11], report[41], report[37]) == ("4", "y", "c", "T-O1")


def test_change_with_another_side_is_refused(client):
    client.say(order("a"))
    (answer,) = client.say(cancel("c", "a", side="2"))
    assert (answer[35], answer[102]) == ("9", "2")


def test_status_of_a_known_order_is_a_snapshot_without_an_exec_id(venue, client):
    client.say(order("a"))
    venue.client("T").logon().say(order("t", "2", "40"))
    (report,) = client.say("35=H|11=a|55=ABC|54=1|790=q1")
    assert shape(report) == ("I", "1", "a", None, "40", "60")
    assert (report[17], report[790], report[37]) == ("0", "q1", "T-O1")


def test_status_by_an_earlier_cl_ord_id_names_the_current_one(client):
    client.say(order("a"), replace("b", "a", "90"))
    (report,) = client.say("35=H|11=a|55=ABC|54=1")
    assert (report[11], report[41], report[39]) == ("b", "a", "0")


def test_status_of_an_unknown_order_is_rejected_with_reason_5(client):
    (report,) = client.say("35=H|11=never|55=ABC|54=1")
    assert (report[150], report[39], report[103], report[37]) == ("I", "8", "5", "NONE")
    assert report[58] == "unknown order never"


def test_duplicate_cl_ord_id_is_rejected_and_the_first_order_lives(venue, client):
    client.say(order("a"))
    (report,) = client.say(order("a", quantity="7"))
    assert (report[150], report[39], report[103], report[37]) == ("8", "8", "6", "NONE")
    assert client.say("35=H|11=a|55=ABC|54=1")[0][151] == "100"
    assert venue.simulator.ledger.new_order_arrivals == {"GW": {"a": 2}}
    assert len(venue.simulator.ledger.orders) == 1


def test_possible_resend_of_a_known_order_is_answered_with_its_status(client):
    client.say(order("a"))
    (report,) = client.say(order("a", t97="Y"))
    assert (report[150], report[39], report[11]) == ("I", "0", "a")


def test_possible_resend_of_an_unknown_order_is_a_new_order(client):
    (report,) = client.say(order("a", t97="Y"))
    assert (report[150], report[39]) == ("0", "0")


def test_same_cl_ord_id_of_two_counterparties_are_two_orders(venue, client):
    client.say(order("a"))
    (report,) = venue.client("OTHER").logon().say(order("a"))
    assert (report[150], report[37]) == ("0", "T-O2")


@pytest.mark.parametrize(
    ("fields", "reason", "text"),
    [
        ({"t55": "NOPE"}, "1", "unknown symbol NOPE; known: ABC, XYZ"),
        ({"t38": "0"}, "13", "quantity must be above 0 and at most 1000, was 0"),
        ({"t38": "-5"}, "13", "quantity must be above 0 and at most 1000, was -5"),
        ({"t38": "1001"}, "13", "quantity must be above 0 and at most 1000, was 1001"),
        ({"t38": "1.5"}, "13", "quantity must be a multiple of lot 1, was 1.5"),
        ({"t44": "10.005"}, "99", "price must be above 0 and a multiple of tick 0.01, was 10.005"),
        ({"t44": "0"}, "99", "price must be above 0 and a multiple of tick 0.01, was 0"),
        ({"t44": "15.01"}, "99", "price must be within 50 percent of 10.00, was 15.01"),
        ({"t40": "D"}, "11", "OrdType(40) must be one of 1, 2, 3, 4, K, P"),
        ({"t59": "8"}, "11", "TimeInForce(59) must be one of 0, 1, 2, 3, 4, 5, 6, 7"),
        ({"t59": "2"}, "4", "TimeInForce(59)=2 is taken before the opening auction"),
        ({"t59": "7"}, "11", "there is no closing auction for TimeInForce(59)=7"),
    ],
)
def test_violation_is_rejected_with_reason_and_text(venue, client, fields, reason, text):
    (report,) = client.say(order("a", **fields))
    assert (report[150], report[39], report[103], report[58]) == ("8", "8", reason, text)
    assert (report[14], report[151]) == ("0", "0")
    (kept,) = venue.simulator.ledger.as_json()["orders"]
    assert (kept["status"], kept["order_id"]) == ("REJECTED", report[37])


@pytest.mark.parametrize(
    ("fields", "tag", "reason"),
    [
        ({"t11": None}, "11", "1"),
        ({"t55": None}, "55", "1"),
        ({"t38": None}, "38", "1"),
        ({"t44": None}, "44", "1"),
        ({"t54": "Z"}, "54", "5"),
        ({"t40": "z"}, "40", "5"),
        ({"t38": "1e3"}, "38", "6"),
        ({"t38": "ten"}, "38", "6"),
        ({"t44": "NaN"}, "44", "6"),
        ({"t44": "10,5"}, "44", "6"),
        ({"t60": "now"}, "60", "6"),
    ],
)
def test_unreadable_field_is_a_session_reject_and_no_order(venue, client, fields, tag, reason):
    (answer,) = client.say(order("a", **fields))
    assert (answer[35], answer[371], answer[372], answer[373]) == ("3", tag, "D", reason)
    assert venue.simulator.ledger.orders == {}


def test_band_follows_the_last_trade(venue, client):
    client.say(order("a", price="14.00"))
    assert venue.client("T").logon().say(order("t", "2", price="14.00"))[-1][39] == "2"
    assert client.say(order("b", price="20.00"))[0][39] == "0"


def test_trade_with_oneself_fills_both_orders(venue, client):
    client.say(order("a"))
    reports = client.say(order("b", "2"))
    assert [(r[150], r[11]) for r in reports] == [("0", "b"), ("F", "a"), ("F", "b")]
    assert venue.simulator.ledger.imbalances() == {}
