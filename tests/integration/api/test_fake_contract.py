"""The test double against the real thing: the same scenario gives the same events, answers and orders."""

import asyncio
import re
from dataclasses import fields
from decimal import Decimal

import pytest

from gateway.client import (
    Event,
    ExecType,
    GatewayStarted,
    NameRegistered,
    NewOrder,
    OrderStatus,
    ReferencePriceSet,
    SequenceChanged,
    SessionChanged,
    SessionWindowChanged,
    Side,
    TimeInForce,
    TradingState,
)
from tests.integration.api.linked_scenarios import LINKED_SCENARIOS
from tests.integration.api.stage import Play, Stage, fake_stage, reached, real_stage
from tests.integration.api.support import TIMEOUT_S, Gateway

PRICE = Decimal("9.00")
NOT_COMPARED = {
    "lsn", "time_ns", "order_id", "request_id", "cl_ord_id", "orig_cl_ord_id", "exec_id", "venue_order_id",
    "content_hash", "transact_time_ns", "text", "changed_by", "created_at_ns", "updated_at_ns", "venue",
    "execution_scope",
}  # fmt: skip
"""Ids, times and names, of which each side has its own; texts for people."""
OF_THE_SYSTEM = (
    GatewayStarted,
    NameRegistered,
    ReferencePriceSet,
    SequenceChanged,
    SessionChanged,
    SessionWindowChanged,
)


async def is_filled_in_parts(stage: Stage) -> object:
    order = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
    await reached(order, OrderStatus.NEW)
    await stage.fill(order, 4)
    await order.wait(lambda each: each.cum_quantity == 4, TIMEOUT_S)
    await stage.fill(order, 6)
    return await order.filled(TIMEOUT_S)


async def is_watched(stage: Stage) -> object:
    order = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
    await reached(order, OrderStatus.NEW)
    async with (
        stage.client.watch_executions(exec_types=[ExecType.TRADE]) as fills,
        asyncio.timeout(TIMEOUT_S),
    ):
        await stage.fill(order, 4)
        first = await anext(fills)
        await stage.cut()
        await stage.fill(order, 6)
        both = [first, await anext(fills)]
        async for watched in stage.client.watch_orders(account="A1"):
            if watched.client_order_id == "c-1" and not watched.is_open:
                break
    await order.filled(TIMEOUT_S)
    return both, watched


async def is_replaced_and_canceled(stage: Stage) -> object:
    order = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
    await reached(order, OrderStatus.NEW)
    await stage.fill(order, 3)
    await order.wait(lambda each: each.cum_quantity == 3, TIMEOUT_S)
    replaced = await order.replace(quantity=20, price="9.01", client_request_id="r-1")
    await order.wait(lambda each: each.quantity == 20, TIMEOUT_S)
    before = order.snapshot
    canceled = await order.cancel(client_request_id="x-1")
    return replaced, before, canceled, await order.done(TIMEOUT_S)


async def is_denied(stage: Stage) -> object:
    await stage.deny_big_orders()
    order = await stage.client.submit("ACME", Side.BUY, 5000, price=PRICE, client_order_id="c-1")
    return order.snapshot, order.result


async def finds_nobody(stage: Stage) -> object:
    order = await stage.client.submit(
        "ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1", time_in_force=TimeInForce.IOC
    )
    await order.wait(lambda each: each.status is not OrderStatus.PENDING_NEW, TIMEOUT_S)
    await stage.find_nobody(order)
    return await order.done(TIMEOUT_S)


async def is_repeated(stage: Stage) -> object:
    answers = []
    for quantity in (10, 10, 11):
        order = await stage.client.submit("ACME", Side.BUY, quantity, price=PRICE, client_order_id="c-1")
        await reached(stage.client.order("c-1"), OrderStatus.NEW)
        answers.append(order.result)
    repeated = await stage.client.submit_many(
        [
            NewOrder(
                instrument="ACME",
                side=Side.BUY,
                quantity=10,
                price=PRICE,
                account="A1",
                client_order_id="c-1",
            )
        ]
    )
    return answers, repeated, await stage.client.list_orders()


async def is_canceled_too_late(stage: Stage) -> object:
    order = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
    await reached(order, OrderStatus.NEW)
    await stage.fill(order, 10)
    await order.filled(TIMEOUT_S)
    return await order.cancel(client_request_id="x-1"), await order.replace(
        quantity=5, client_request_id="r-1"
    )


async def is_of_an_unknown_order(stage: Stage) -> object:
    return await stage.client.cancel("never", client_request_id="x-1")


async def meets_a_halt(stage: Stage) -> object:
    order = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
    await reached(order, OrderStatus.NEW)
    halted = await stage.client.set_trading_state(
        "account:A1", TradingState.HALTED, "test", cancel_open_orders=True
    )
    ended = await order.done(TIMEOUT_S)
    denied = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-2")
    await stage.client.set_trading_state("account:A1", TradingState.ACTIVE, "test over")
    after = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-3")
    await reached(after, OrderStatus.NEW)
    return halted.cancels_sent, ended, denied.snapshot


async def is_only_reduced(stage: Stage) -> object:
    order = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
    await reached(order, OrderStatus.NEW)
    await stage.fill(order, 10)
    await order.filled(TIMEOUT_S)
    await stage.client.set_trading_state("strategy:test", TradingState.REDUCING, "test")
    more = await stage.client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-2")
    less = await stage.client.submit("ACME", Side.SELL, 6, price="9.50", client_order_id="c-3")
    await reached(less, OrderStatus.NEW)
    beyond = await stage.client.submit("ACME", Side.SELL, 5, price="9.50", client_order_id="c-4")
    await stage.client.set_trading_state("strategy:test", TradingState.ACTIVE, "test over")
    return more.snapshot, more.result, less.snapshot, beyond.snapshot, beyond.result


async def survives_cut_connections(stage: Stage) -> object:
    found = []
    for number in range(5):
        if number % 2:
            await stage.cut()
        else:
            await stage.lose_next_answer()
        order = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id=f"c-{number}")
        found.append(await reached(order, OrderStatus.NEW))
    listed, canceled = await stage.client.list_orders(), await stage.client.cancel_orders()
    for each in found:
        await stage.client.wait_done(each.client_order_id, TIMEOUT_S)
    return found, listed, canceled


async def is_canceled_with_all_others(stage: Stage) -> object:
    order = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
    await reached(order, OrderStatus.NEW)
    nothing = await stage.client.mass_cancel(instrument="OTHER", client_request_id="m-1")
    canceled = await stage.client.mass_cancel(account="A1", client_request_id="m-2")
    ended = await order.done(TIMEOUT_S)
    later = await stage.client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-2")
    await reached(later, OrderStatus.NEW)
    again = await stage.client.mass_cancel(account="A1", client_request_id="m-2")
    by_itself = await stage.client.mass_cancel(client_request_id="m-3", deadline_s=TIMEOUT_S)
    return nothing, canceled, ended, again, by_itself, await later.done(TIMEOUT_S)


SCENARIOS: list[Play] = [
    *LINKED_SCENARIOS,
    is_filled_in_parts,
    is_watched,
    is_replaced_and_canceled,
    is_denied,
    finds_nobody,
    is_repeated,
    is_canceled_too_late,
    is_canceled_with_all_others,
    is_of_an_unknown_order,
    meets_a_halt,
    is_only_reduced,
    survives_cut_connections,
]


async def played(scenario: Play, stage: Stage) -> tuple[str, list[str]]:
    """What came of a scenario: its outcome, and its events."""
    client = stage.client
    async with client.events() as events:
        outcome = comparable(await scenario(stage))
        last = await client.set_reference_price("ACME", "10.00")  # everything before it is an event before it
        seen: list[Event] = []
        async with asyncio.timeout(TIMEOUT_S):
            while not seen or seen[-1].lsn < last:
                seen.append(await anext(events))
    await client.cancel_orders()  # the venue's book is that of every test here
    for order in await client.list_orders(open_only=True):
        await client.wait_done(order.client_order_id, TIMEOUT_S)
    return outcome, [comparable(event) for event in seen if not isinstance(event, OF_THE_SYSTEM)]


def comparable(value: object) -> str:
    """Write a value without what differs between two runs."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(comparable(each) for each in value)}]"
    if hasattr(type(value), "__dataclass_fields__"):
        shown = {
            field.name: comparable(getattr(value, field.name))
            for field in fields(value)  # type: ignore[arg-type]
            if field.name not in NOT_COMPARED
        }
        return f"{type(value).__name__}({', '.join(f'{name}={text}' for name, text in shown.items())})"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return re.sub(r"^<(.*)>$", r"\1", repr(value))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
async def test_order_does_the_same_at_the_fake_gateway_and_the_real_one(
    gateway: Gateway, scenario: Play
) -> None:
    async with fake_stage() as stage:
        fake_outcome, fake_events = await played(scenario, stage)
    async with real_stage(gateway) as stage:
        real_outcome, real_events = await played(scenario, stage)
    assert fake_outcome == real_outcome
    assert fake_events == real_events
    assert fake_events
