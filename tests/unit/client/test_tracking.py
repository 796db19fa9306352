"""Orders that follow events."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.client import (
    CancelRequested,
    Denial,
    DenialCode,
    Event,
    ExecType,
    ExecutionReported,
    HeldOrderEnded,
    LinkAccepted,
    LinkKind,
    NewOrder,
    Order,
    OrderAccepted,
    OrderDenied,
    OrderNotSent,
    OrderStatus,
    OrderType,
    OrderUncertain,
    PartialFillPolicy,
    ReleasePolicy,
    ReplaceRequested,
    RequestRejected,
    Result,
    Side,
    TimeInForce,
)
from gateway.client.live_order import LiveOrder
from gateway.client.tracking import LiveOrders

ACCEPTED = OrderAccepted(
    lsn=10,
    time_ns=1000,
    order_id=1,
    client_order_id="c-1",
    cl_ord_id="G1",
    client="alpha",
    account="A1",
    strategy="s",
    instrument="ACME",
    venue="SIM",
    side=Side.BUY,
    order_type=OrderType.LIMIT,
    time_in_force=TimeInForce.DAY,
    quantity=Decimal(10),
    price=Decimal(5),
    request_id=1,
    content_hash=1,
)

REPORT = ExecutionReported(
    lsn=11,
    time_ns=1001,
    order_id=1,
    cl_ord_id="G1",
    exec_id="E1",
    exec_type=ExecType.NEW,
    venue_order_id="V1",
    last_quantity=Decimal(0),
    last_price=None,
    status=OrderStatus.NEW,
    quantity=Decimal(10),
    price=Decimal(5),
    cum_quantity=Decimal(0),
    leaves_quantity=Decimal(10),
    average_price=None,
    reject_reason=0,
    text="",
    request_id=1,
    client_order_id="c-1",
    account="A1",
    strategy="s",
    instrument="ACME",
    side=Side.BUY,
    transact_time_ns=0,
    execution_state=OrderStatus.NEW,
    cum_quantity_differs=False,
    exec_ref_id="",
    venue="SIM",
)

FILLED = replace(
    REPORT,
    lsn=20,
    exec_type=ExecType.TRADE,
    status=OrderStatus.FILLED,
    execution_state=OrderStatus.FILLED,
    cum_quantity=Decimal(10),
    leaves_quantity=Decimal(0),
    average_price=Decimal(5),
)

REPLACE = ReplaceRequested(
    lsn=12,
    time_ns=1002,
    order_id=1,
    client_request_id="r-1",
    cl_ord_id="G2",
    orig_cl_ord_id="G1",
    quantity=Decimal(20),
    price=Decimal(5),
    request_id=2,
    content_hash=2,
)

CANCEL = CancelRequested(
    lsn=13,
    time_ns=1003,
    order_id=1,
    client_request_id="r-2",
    cl_ord_id="G3",
    orig_cl_ord_id="G2",
    request_id=3,
    content_hash=3,
)


def following(*events: Event) -> LiveOrder:
    orders = LiveOrders()
    for event in events:
        orders.apply(event)
    live = orders.get("c-1")
    assert live is not None
    return live


def rejected(lsn: int, cl_ord_id: str, status: OrderStatus) -> RequestRejected:
    return RequestRejected(
        lsn=lsn,
        time_ns=0,
        order_id=1,
        cl_ord_id=cl_ord_id,
        client_request_id="",
        replace=False,
        reject_reason=0,
        text="too late",
        status=status,
        request_id=3,
    )


def test_order_accepted_is_pending_new_with_all_its_quantity_left() -> None:
    live = following(ACCEPTED)
    assert (live.status, live.leaves_quantity) == (OrderStatus.PENDING_NEW, Decimal(10))
    assert live.is_open


def test_order_of_a_link_is_held_and_open_until_it_is_sent_or_ends() -> None:
    link = LinkAccepted(
        lsn=9,
        time_ns=999,
        link_id=1,
        client_request_id="l-1",
        client="alpha",
        kind=LinkKind.OTO,
        on_partial_fill=PartialFillPolicy.REDUCE,
        release=ReleasePolicy.ON_FULL_FILL,
        orders=(replace(ACCEPTED, lsn=9, link_id=1),),
        request_id=1,
        content_hash=1,
    )
    live = following(link)
    assert (live.status, live.leaves_quantity, live.is_open) == (OrderStatus.HELD, Decimal(0), True)
    live = following(link, replace(ACCEPTED, quantity=Decimal(4), link_id=1))
    assert (live.status, live.quantity) == (OrderStatus.PENDING_NEW, Decimal(4))
    ended = HeldOrderEnded(
        lsn=10,
        time_ns=1000,
        order_id=1,
        link_id=1,
        reason="",
        client_request_id="",
        request_id=0,
        content_hash=0,
    )
    live = following(link, ended)
    assert (live.status, live.is_open) == (OrderStatus.CANCELED, False)


def test_order_filled_has_ended() -> None:
    live = following(ACCEPTED, REPORT, FILLED)
    assert (live.status, live.cum_quantity, live.average_price) == (
        OrderStatus.FILLED,
        Decimal(10),
        Decimal(5),
    )
    assert not live.is_open


def test_order_event_seen_before_changes_nothing() -> None:
    live = following(ACCEPTED, REPORT, FILLED)
    before = live.snapshot
    live.apply(REPORT)
    assert live.snapshot is before


def test_order_snapshot_older_than_its_events_changes_nothing() -> None:
    orders = LiveOrders()
    orders.apply(ACCEPTED)
    older = orders.open()[0].snapshot
    orders.apply(FILLED)
    orders.take(older)
    assert orders.open() == []


def test_order_snapshot_newer_than_its_events_wins() -> None:
    orders = LiveOrders()
    orders.apply(ACCEPTED)
    orders.take(replace(orders.open()[0].snapshot, lsn=30, status=OrderStatus.CANCELED))
    orders.apply(FILLED)
    live = orders.get("c-1")
    assert live is not None
    assert live.status is OrderStatus.CANCELED


def test_order_cancel_outranks_replace_under_way() -> None:
    assert following(ACCEPTED, REPORT, REPLACE).status is OrderStatus.PENDING_REPLACE
    assert following(ACCEPTED, REPORT, REPLACE, CANCEL).status is OrderStatus.PENDING_CANCEL


def test_order_cancel_rejected_shows_the_venues_status() -> None:
    live = following(ACCEPTED, REPORT, CANCEL, rejected(14, "G3", OrderStatus.NEW))
    assert (live.status, live.snapshot.pending_requests) == (OrderStatus.NEW, 0)


def test_order_replaced_is_known_by_the_new_cl_ord_id() -> None:
    done = replace(REPORT, lsn=15, cl_ord_id="G2", exec_type=ExecType.REPLACED, quantity=Decimal(20))
    live = following(ACCEPTED, REPORT, REPLACE, done)
    assert (live.snapshot.cl_ord_id, live.quantity) == ("G2", Decimal(20))


def test_order_pending_cancel_report_keeps_the_cl_ord_id() -> None:
    pending = replace(REPORT, lsn=15, cl_ord_id="G3", exec_type=ExecType.PENDING_CANCEL)
    assert following(ACCEPTED, REPORT, CANCEL, pending).snapshot.cl_ord_id == "G1"


def test_order_uncertain_is_open_and_unknown() -> None:
    live = following(ACCEPTED, OrderUncertain(lsn=11, time_ns=0, order_id=1, reason="session lost"))
    assert live.status is OrderStatus.UNKNOWN
    assert live.is_open


def test_order_not_sent_has_ended() -> None:
    live = following(ACCEPTED, OrderNotSent(lsn=11, time_ns=0, order_id=1, cl_ord_id="G1", request_id=1))
    assert (live.status, live.leaves_quantity) == (OrderStatus.NOT_SENT, Decimal(0))


def test_order_whose_cancel_was_not_sent_works_on() -> None:
    live = following(
        ACCEPTED, REPORT, CANCEL, OrderNotSent(lsn=14, time_ns=0, order_id=1, cl_ord_id="G3", request_id=3)
    )
    assert live.status is OrderStatus.NEW


def test_order_denied_carries_the_denial() -> None:
    denial = Denial(code=DenialCode.PRICE_COLLAR)
    names = {
        field: getattr(ACCEPTED, field) for field in ACCEPTED.__slots__ if field in OrderDenied.__slots__
    }
    live = following(OrderDenied(**{**names, "lsn": 10, "time_ns": 0}, denial=denial))
    assert (live.status, live.denial) == (OrderStatus.DENIED, denial)
    assert not live.is_open


def test_order_answer_before_its_event_makes_the_order() -> None:
    orders = LiveOrders()
    command = NewOrder(instrument="ACME", side=Side.BUY, quantity=10, price=5, client_order_id="c-1")
    orders.answered(command, "alpha", Result(client_request_id="c-1", order_id=1, cl_ord_id="G1", lsn=10))
    live = orders.get("c-1")
    assert live is not None
    assert live.status is OrderStatus.PENDING_NEW
    orders.apply(ACCEPTED)
    assert live.snapshot.created_at_ns == 1000


def test_order_answer_after_its_events_changes_nothing() -> None:
    orders = LiveOrders()
    orders.apply(ACCEPTED)
    orders.apply(FILLED)
    command = NewOrder(instrument="ACME", side=Side.BUY, quantity=10, price=5, client_order_id="c-1")
    orders.answered(command, "alpha", Result(client_request_id="c-1", order_id=1, cl_ord_id="G1", lsn=10))
    live = orders.get("c-1")
    assert live is not None
    assert live.status is OrderStatus.FILLED


def test_answer_that_an_id_was_used_before_leaves_the_order_of_that_id_alone() -> None:
    orders = LiveOrders()
    command = NewOrder(instrument="ACME", side=Side.SELL, quantity=7, client_order_id="c-1")
    reused = Result(
        client_request_id="c-1", order_id=1, denial=Denial(code=DenialCode.CLIENT_REQUEST_ID_REUSED)
    )
    for known_before in (False, True):
        if known_before:
            orders.apply(ACCEPTED)
        answer = orders.answered(command, "alpha", reused)
        assert answer is not None
        assert answer.denied
        live = orders.get("c-1")
        assert (live is not None) is known_before
        assert live is None or live.is_open


def test_answer_repeated_for_an_order_forgotten_long_ago_has_to_be_asked_for() -> None:
    command = NewOrder(instrument="ACME", side=Side.BUY, quantity=10, price=5, client_order_id="c-1")
    repeated = Result(client_request_id="c-1", order_id=1, cl_ord_id="G1", lsn=10, duplicate=True)
    assert LiveOrders().answered(command, "alpha", repeated) is None


def test_orders_event_of_an_order_not_followed_is_passed_over() -> None:
    orders = LiveOrders()
    orders.apply(FILLED)
    assert orders.get("c-1") is None


def test_orders_ended_long_ago_are_forgotten_open_ones_never() -> None:
    orders = LiveOrders()
    orders.apply(ACCEPTED)
    ended: Order = replace(orders.open()[0].snapshot, status=OrderStatus.FILLED)
    for number in range(2, 12_000):
        orders.take(replace(ended, order_id=number, client_order_id=f"c-{number}"))
    assert orders.get("c-1") is not None
    assert orders.get("c-2") is None
    assert orders.get("c-11999") is not None


async def test_order_wait_returns_when_the_order_is_as_asked() -> None:
    live = following(ACCEPTED)
    waiting = asyncio.ensure_future(live.wait(lambda order: not order.is_open))
    await asyncio.sleep(0)
    live.apply(REPORT)
    await asyncio.sleep(0)
    assert not waiting.done()
    live.apply(FILLED)
    assert (await waiting).status is OrderStatus.FILLED


@pytest.mark.parametrize("field", ["status", "quantity", "snapshot"])
def test_order_attributes_cannot_be_set(field: str) -> None:
    with pytest.raises(AttributeError):
        setattr(following(ACCEPTED), field, None)
