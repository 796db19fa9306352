"""A bracket and an OCO over the real gateway and the simulator, through a kill between a fill and what follows."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.client import (
    AsyncClient,
    NewOrder,
    OrderStatus,
    OrderTerms,
    OrderType,
    PartialFillPolicy,
    ReleasePolicy,
    Result,
    Side,
)
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

TIMEOUT_S = 30.0


def order(side: Side, price: str | None, *, stop: str = "") -> NewOrder:
    terms = OrderTerms(stop_price=Decimal(stop)) if stop else None
    order_type = OrderType.STOP if stop else None
    return NewOrder(
        instrument="AAPL", side=side, quantity=100, price=price, order_type=order_type, terms=terms
    )


async def has_status(client: AsyncClient, order_id: int, status: OrderStatus) -> bool:
    return (await client.get_order(order_id=order_id)).status is status


async def becomes(client: AsyncClient, order_id: int, status: OrderStatus) -> None:
    async def reached() -> bool:
        return await has_status(client, order_id, status)

    await eventually(reached, f"order {order_id} is {status}", TIMEOUT_S)


async def trade(client: AsyncClient, side: Side, quantity: int, price: str) -> None:
    """Give the venue's book the other side of a trade."""
    result = await client.submit(
        "AAPL", side, quantity, price=price, account="DEMO", strategy="other", order_type=OrderType.LIMIT
    )
    result.raise_if_denied()


def ids(result: Result) -> list[int]:
    result.raise_if_denied()
    return [each.order_id for each in result.linked_orders]


async def bracket(client: AsyncClient) -> list[int]:
    return ids(
        await client.submit_bracket(
            order(Side.BUY, "185.00"),
            order(Side.SELL, "195.00"),
            order(Side.SELL, None, stop="175.00"),
            release=ReleasePolicy.IN_PROPORTION,
        )
    )


async def world(folder: Path) -> tuple[Venue, Gateway]:
    venue = Venue(folder, "--no-liquidity")
    gateway = Gateway(folder, SessionTerms(SIM_COMP_ID, venue.port))
    await venue.start()
    await gateway.start()
    return venue, gateway


@pytest.mark.asyncio
async def test_bracket_follows_its_entry_and_its_exits_exclude_each_other(tmp_path: Path) -> None:
    venue, gateway = await world(tmp_path)
    try:
        async with gateway.client() as client:
            await session_ready(client)
            entry, profit, stop = await bracket(client)
            await becomes(client, entry, OrderStatus.NEW)
            assert await has_status(client, profit, OrderStatus.HELD)
            assert len(venue.arrivals()) == 1

            await trade(client, Side.SELL, 40, "185.00")
            await becomes(client, profit, OrderStatus.NEW)
            await becomes(client, stop, OrderStatus.NEW)
            assert (await client.get_order(order_id=profit)).quantity == 40

            gateway.kill()
            await gateway.start()
        async with gateway.client() as client:
            await session_ready(client)
            await trade(client, Side.SELL, 60, "185.00")
            await becomes(client, entry, OrderStatus.FILLED)

            async def exits_have_grown() -> bool:
                orders = [await client.get_order(order_id=each) for each in (profit, stop)]
                return all(each.quantity == 100 and each.status is OrderStatus.NEW for each in orders)

            await eventually(exits_have_grown, "the exits are for all of the entry", TIMEOUT_S)
            await trade(client, Side.BUY, 100, "195.00")
            await becomes(client, profit, OrderStatus.FILLED)
            await becomes(client, stop, OrderStatus.CANCELED)
            assert set(venue.arrivals().values()) == {1}
            positions = {p.strategy: p.net_quantity for p in await client.positions()}
            assert sum(positions.values()) == 0
    finally:
        await stop_all(gateway, venue)


@pytest.mark.asyncio
async def test_oco_reduces_and_then_cancels_the_other_order(tmp_path: Path) -> None:
    venue, gateway = await world(tmp_path)
    try:
        async with gateway.client() as client:
            await session_ready(client)
            near, far = ids(
                await client.submit_oco(
                    order(Side.BUY, "185.00"),
                    order(Side.BUY, "184.00"),
                    on_partial_fill=PartialFillPolicy.REDUCE,
                )
            )
            await asyncio.gather(*(becomes(client, each, OrderStatus.NEW) for each in (near, far)))
            await trade(client, Side.SELL, 30, "185.00")

            async def is_reduced() -> bool:
                other = await client.get_order(order_id=far)
                return other.quantity == 70 and other.status is OrderStatus.NEW

            await eventually(is_reduced, "the other order is reduced", TIMEOUT_S)
            await trade(client, Side.SELL, 70, "185.00")
            await becomes(client, near, OrderStatus.FILLED)
            await becomes(client, far, OrderStatus.CANCELED)
            assert sum([(await client.get_order(order_id=each)).cum_quantity for each in (near, far)]) == 100
    finally:
        await stop_all(gateway, venue)
