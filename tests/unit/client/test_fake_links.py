"""The test double: orders that hang together."""

import asyncio

import pytest

from gateway.client import (
    AsyncClient,
    Event,
    LinkProblem,
    LinkReported,
    NewOrder,
    OrderStatus,
    Side,
    TradingState,
)
from gateway.client.testing import FakeGateway, ScriptError
from tests.unit.client.test_fake_gateway import follow, play


def test_order_that_is_held_is_sent_when_its_parent_has_traded() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        def order(name: str, side: Side) -> NewOrder:
            return NewOrder(instrument="ACME", side=side, quantity=5, price="10", client_order_id=name)

        result = await client.submit_oto(order("parent", Side.BUY), order("child", Side.SELL))
        assert len(result.linked_orders) == 2
        assert client.order("child").snapshot.status is OrderStatus.HELD
        with pytest.raises(ScriptError, match="is held"):
            gateway.fill("child")
        gateway.fill("parent", 2)
        assert (await client.get_order("child")).status is OrderStatus.HELD
        gateway.fill("parent")
        child = client.order("child")
        await child.wait(lambda each: each.status is OrderStatus.NEW, 1)
        gateway.fill("child")
        assert (await child.filled(1)).cum_quantity == 5

    play(scenario)


def test_order_whose_release_a_limit_refuses_stays_held_until_it_may_go() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        reported: list[Event] = []
        task = asyncio.create_task(follow(client, reported.append))
        buy = NewOrder(instrument="ACME", side=Side.BUY, quantity=5, price="10", client_order_id="parent")
        sell = NewOrder(instrument="ACME", side=Side.SELL, quantity=5, price="11", client_order_id="child")
        await client.submit_oto(buy, sell)
        await client.set_trading_state("instrument:ACME", TradingState.HALTED, "test")
        gateway.fill("parent")
        await asyncio.sleep(1)
        assert (await client.get_order("child")).status is OrderStatus.HELD
        await client.set_trading_state("instrument:ACME", TradingState.ACTIVE, "test over")
        await client.order("child").wait(lambda each: each.status is OrderStatus.NEW, 1)
        task.cancel()
        assert [each.problem for each in reported if isinstance(each, LinkReported)] == [
            LinkProblem.RELEASE_DENIED
        ]

    play(scenario)
