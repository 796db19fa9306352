"""Waiting for an order: filled, done, and every change of it."""

import asyncio
import gc
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.client import (
    ClientClosedError,
    Denial,
    DenialCode,
    DeniedError,
    ExecType,
    ExecutionReported,
    GatewayError,
    NewOrder,
    NotFilledError,
    OrderChange,
    OrderStatus,
    Result,
    Side,
)
from gateway.client.live_order import LiveOrder
from gateway.client.tracking import LiveOrders, as_submitted
from tests.unit.client.test_tracking import ACCEPTED, FILLED, REPORT, following

PARTIAL = replace(
    REPORT,
    lsn=15,
    exec_type=ExecType.TRADE,
    status=OrderStatus.PARTIALLY_FILLED,
    execution_state=OrderStatus.PARTIALLY_FILLED,
    cum_quantity=Decimal(4),
    leaves_quantity=Decimal(6),
)
CANCELED = replace(
    REPORT,
    lsn=20,
    exec_type=ExecType.CANCELED,
    status=OrderStatus.CANCELED,
    execution_state=OrderStatus.CANCELED,
    cum_quantity=Decimal(4),
    leaves_quantity=Decimal(0),
)


async def collect(live: LiveOrder, into: list[OrderChange]) -> None:
    into.extend([change async for change in live])


async def test_iteration_begins_with_what_is_and_ends_with_the_order() -> None:
    live = following(ACCEPTED, REPORT)
    changes: list[OrderChange] = []
    collecting = asyncio.create_task(collect(live, changes))
    await asyncio.sleep(0)
    live.apply(PARTIAL)
    live.apply(FILLED)
    await collecting
    assert [change.event for change in changes] == [REPORT, PARTIAL, FILLED]
    assert [change.order.cum_quantity for change in changes] == [0, 4, 10]


async def test_slow_reader_of_changes_misses_none() -> None:
    live = following(ACCEPTED)
    iteration = aiter(live)
    await anext(iteration)
    live.apply(REPORT)
    live.apply(PARTIAL)
    live.apply(FILLED)
    assert [change.order.status async for change in iteration] == [
        OrderStatus.NEW,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
    ]


async def test_changes_that_nobody_reads_are_not_kept() -> None:
    live = following(ACCEPTED)
    for lsn in range(100, 1100):
        live.apply(replace(PARTIAL, lsn=lsn))
    gc.collect()
    assert sum(isinstance(each, OrderChange) for each in gc.get_objects()) < 10


async def test_repeated_and_older_events_are_no_changes() -> None:
    live = following(ACCEPTED, REPORT, PARTIAL)
    changes = aiter(live)
    await anext(changes)
    live.apply(PARTIAL)
    live.apply(REPORT)
    live.apply(FILLED)
    assert (await anext(changes)).event is FILLED


async def test_filled_gives_the_order_when_all_has_traded() -> None:
    live = following(ACCEPTED)
    waiting = asyncio.create_task(live.filled())
    await asyncio.sleep(0)
    live.apply(PARTIAL)
    live.apply(FILLED)
    assert (await waiting).cum_quantity == 10


async def test_filled_says_what_came_of_an_order_that_ended_otherwise() -> None:
    live = following(ACCEPTED, PARTIAL, CANCELED)
    with pytest.raises(NotFilledError, match="CANCELED, 4 of 10 ACME traded") as error:
        await live.filled()
    assert error.value.order == live.snapshot
    assert (await live.done()).status is OrderStatus.CANCELED


async def test_filled_of_a_denied_order_says_why() -> None:
    command = NewOrder(instrument="ACME", side=Side.BUY, quantity=10, client_order_id="c-1")
    denial = Denial(code=DenialCode.PRICE_COLLAR, observed="12")
    live = LiveOrders().answered(
        command, "alpha", Result(client_request_id="c-1", order_id=3, lsn=9, denial=denial)
    )
    assert live is not None
    with pytest.raises(NotFilledError, match="PRICE_COLLAR, was 12"):
        await live.filled()
    with pytest.raises(DeniedError, match="PRICE_COLLAR"):
        live.raise_if_denied()


async def test_wait_sees_a_state_that_lasted_for_one_event_only() -> None:
    live = following(ACCEPTED)
    waiting = asyncio.create_task(live.wait(lambda order: order.cum_quantity == 4))
    await asyncio.sleep(0)
    live.apply(PARTIAL)
    live.apply(FILLED)
    assert (await waiting).cum_quantity == 4


async def test_waiting_ends_with_the_client() -> None:
    orders = LiveOrders()
    orders.apply(ACCEPTED)
    (live,) = orders.open()
    waiting = [asyncio.create_task(live.done()), asyncio.create_task(collect(live, []))]
    await asyncio.sleep(0)
    orders.fail(ClientClosedError("closed"))
    for each in waiting:
        with pytest.raises(ClientClosedError):
            await each


async def test_wait_is_over_after_its_time() -> None:
    with pytest.raises(TimeoutError):
        await following(ACCEPTED).filled(timeout_s=0)


async def test_order_that_is_not_followed_is_not_waited_for_in_vain() -> None:
    command = NewOrder(instrument="ACME", side=Side.BUY, quantity=10, client_order_id="c-1")
    answer = as_submitted(command, "alpha", Result(client_request_id="c-1", order_id=3, lsn=9))
    live = LiveOrder(answer, failure=GatewayError("track_orders"))
    assert live.is_open
    with pytest.raises(GatewayError, match="track_orders"):
        await live.done()


def test_event_of_the_first_fill_is_in_the_change() -> None:
    live = following(ACCEPTED, PARTIAL)
    event = live._state.change.event
    assert isinstance(event, ExecutionReported)
