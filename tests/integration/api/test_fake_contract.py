"""The test double against the real thing: the same scenario gives the same events, answers and orders."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from decimal import Decimal
from typing import Protocol

import pytest

from gateway.client import (
    AsyncClient,
    DenialCode,
    Event,
    ExecType,
    GatewayStarted,
    LiveOrder,
    NameRegistered,
    NewOrder,
    Order,
    OrderStatus,
    PartialFillPolicy,
    ReferencePriceSet,
    ReleasePolicy,
    SequenceChanged,
    SessionChanged,
    SessionWindowChanged,
    Settings,
    Side,
    TimeInForce,
    TradingState,
)
from gateway.client.testing import FakeGateway
from tests.integration.api.relay import Relay
from tests.integration.api.support import TIMEOUT_S, Gateway

QUICK = Settings(backoff_min_s=0.001, backoff_max_s=0.05)
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


class Stage(Protocol):
    """A gateway with a venue that does as it is told."""

    client: AsyncClient

    async def fill(self, order: LiveOrder, quantity: int) -> None:
        """Have the venue fill a resting order."""

    async def find_nobody(self, order: LiveOrder) -> None:
        """Have the venue find nobody to trade an immediate-or-cancel order with."""

    async def deny_big_orders(self) -> None:
        """Have the gateway deny the order of 5000 that comes next."""

    async def cut(self) -> None:
        """Break the client's connection."""

    async def lose_next_answer(self) -> None:
        """Break it before the next answer is sent."""


class FakeStage:
    def __init__(self, gateway: FakeGateway, client: AsyncClient) -> None:
        self.client = client
        self._gateway = gateway

    async def fill(self, order: LiveOrder, quantity: int) -> None:
        self._gateway.fill(order.client_order_id, quantity)

    async def find_nobody(self, order: LiveOrder) -> None:
        self._gateway.cancel(order.client_order_id)

    async def deny_big_orders(self) -> None:
        self._gateway.deny_next(
            DenialCode.MAX_ORDER_QUANTITY,
            limit_name="max_order_quantity",
            level="firm",
            observed="5000",
            allowed="1000",
        )

    async def cut(self) -> None:
        self._gateway.break_connections()

    async def lose_next_answer(self) -> None:
        self._gateway.lose_next_answer()


class RealStage:
    def __init__(self, client: AsyncClient, counterparty: AsyncClient, relay: Relay) -> None:
        self.client = client
        self._counterparty = counterparty
        self._relay = relay

    async def fill(self, order: LiveOrder, quantity: int) -> None:
        other_side = Side.SELL if order.snapshot.side is Side.BUY else Side.BUY
        taking = await self._counterparty.submit(
            "ACME", other_side, quantity, price=order.price, time_in_force=TimeInForce.IOC
        )
        await taking.filled(TIMEOUT_S)

    async def find_nobody(self, order: LiveOrder) -> None:
        pass  # there is nobody

    async def deny_big_orders(self) -> None:
        pass  # the firm's limit is 1000

    async def cut(self) -> None:
        self._relay.cut()

    async def lose_next_answer(self) -> None:
        self._relay.cut_at_next_answer()


Play = Callable[[Stage], Awaitable[object]]


async def reached(order: LiveOrder, status: OrderStatus) -> Order:
    return await order.wait(lambda each: each.status is status, TIMEOUT_S)


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


def linked(name: str, side: Side, price: str, quantity: int = 10) -> NewOrder:
    return NewOrder(
        instrument="ACME", side=side, quantity=quantity, price=price, account="A1", client_order_id=name
    )


async def excludes_the_other_of_a_pair(stage: Stage) -> object:
    client = stage.client
    result = await client.submit_oco(
        linked("c-1", Side.BUY, "9.00"), linked("c-2", Side.BUY, "8.90"), client_request_id="l-1"
    )
    near, far = client.order("c-1"), client.order("c-2")
    await reached(near, OrderStatus.NEW)
    await reached(far, OrderStatus.NEW)
    await stage.fill(near, 4)
    await far.wait(lambda each: each.quantity == 6 and each.status is OrderStatus.NEW, TIMEOUT_S)
    refused = await far.replace(quantity=10, client_request_id="r-1")
    await stage.fill(near, 6)
    again = await client.submit_oco(
        linked("c-1", Side.BUY, "9.00"), linked("c-2", Side.BUY, "8.90"), client_request_id="l-1"
    )
    return result, refused, again, await near.filled(TIMEOUT_S), await far.done(TIMEOUT_S)


async def cancels_the_other_of_a_pair_at_once(stage: Stage) -> object:
    client = stage.client
    await client.submit_oco(
        linked("c-1", Side.BUY, "9.00"),
        linked("c-2", Side.BUY, "8.90"),
        on_partial_fill=PartialFillPolicy.CANCEL,
        client_request_id="l-1",
    )
    near, far = client.order("c-1"), client.order("c-2")
    await reached(near, OrderStatus.NEW)
    await reached(far, OrderStatus.NEW)
    await stage.fill(near, 1)
    return await far.done(TIMEOUT_S), near.snapshot


async def brings_a_position_home(stage: Stage) -> object:
    client = stage.client
    result = await client.submit_bracket(
        linked("c-1", Side.BUY, "9.00"),
        linked("c-2", Side.SELL, "9.50"),
        linked("c-3", Side.SELL, "9.60"),
        client_request_id="l-1",
    )
    entry, profit, stop = (client.order(f"c-{at}") for at in (1, 2, 3))
    await reached(entry, OrderStatus.NEW)
    held = profit.snapshot
    await stage.fill(entry, 10)
    await reached(profit, OrderStatus.NEW)
    await reached(stop, OrderStatus.NEW)
    await stage.fill(profit, 10)
    return result, held, await profit.filled(TIMEOUT_S), await stop.done(TIMEOUT_S)


async def follows_its_parent_in_proportion(stage: Stage) -> object:
    client = stage.client
    await client.submit_oto(
        linked("c-1", Side.BUY, "9.00"),
        linked("c-2", Side.SELL, "9.50", 20),
        release=ReleasePolicy.IN_PROPORTION,
        client_request_id="l-1",
    )
    parent, child = client.order("c-1"), client.order("c-2")
    await reached(parent, OrderStatus.NEW)
    await stage.fill(parent, 3)
    await child.wait(lambda each: each.quantity == 6 and each.status is OrderStatus.NEW, TIMEOUT_S)
    await stage.fill(parent, 7)
    grown = await child.wait(lambda each: each.quantity == 20 and each.status is OrderStatus.NEW, TIMEOUT_S)
    await child.cancel(client_request_id="x-1")
    return grown, await child.done(TIMEOUT_S)


async def ends_what_waits_with_its_parent(stage: Stage) -> object:
    client = stage.client
    await client.submit_oto(
        linked("c-1", Side.BUY, "9.00"),
        linked("c-2", Side.SELL, "9.50"),
        linked("c-3", Side.SELL, "9.60"),
        client_request_id="l-1",
    )
    parent, child, other = (client.order(f"c-{at}") for at in (1, 2, 3))
    await reached(parent, OrderStatus.NEW)
    by_hand = await other.cancel(client_request_id="x-1")
    await other.done(TIMEOUT_S)
    await parent.cancel(client_request_id="x-2")
    return by_hand, await parent.done(TIMEOUT_S), await child.done(TIMEOUT_S)


async def refuses_links_that_cannot_be(stage: Stage) -> object:
    client = stage.client
    buy, sell = linked("c-1", Side.BUY, "9.00"), linked("c-2", Side.SELL, "9.50")
    smaller = linked("c-3", Side.BUY, "8.00", 5)
    return [
        await client.submit_oco(buy, sell, client_request_id="l-1"),
        await client.submit_oco(buy, smaller, client_request_id="l-2"),
        await client.submit_oco(buy, buy, client_request_id="l-3"),
        await client.submit_oto(buy, client_request_id="l-4"),
        await client.submit_bracket(buy, sell, smaller, client_request_id="l-5"),
    ]


SCENARIOS: list[Play] = [
    excludes_the_other_of_a_pair,
    cancels_the_other_of_a_pair_at_once,
    brings_a_position_home,
    follows_its_parent_in_proportion,
    ends_what_waits_with_its_parent,
    refuses_links_that_cannot_be,
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


@asynccontextmanager
async def fake_stage() -> AsyncIterator[Stage]:
    gateway = FakeGateway()
    async with gateway.client("alpha", account="A1", strategy="test", settings=QUICK) as client:
        yield FakeStage(gateway, client)


@asynccontextmanager
async def real_stage(gateway: Gateway) -> AsyncIterator[Stage]:
    async with (
        Relay(gateway.port) as relay,
        AsyncClient(relay.target, client="alpha", account="A1", strategy="test", settings=QUICK) as client,
        AsyncClient(gateway.target, client="beta", account="B1", strategy="test") as counterparty,
    ):
        yield RealStage(client, counterparty, relay)


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
