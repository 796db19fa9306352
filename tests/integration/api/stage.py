"""A gateway with a venue that does as it is told: the test double, or the real one with the simulator."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from gateway.client import (
    AsyncClient,
    DenialCode,
    LiveOrder,
    Order,
    OrderStatus,
    Settings,
    Side,
    TimeInForce,
)
from gateway.client.testing import FakeGateway
from tests.integration.api.relay import Relay
from tests.integration.api.support import TIMEOUT_S, Gateway

__all__ = ["Play", "Stage", "fake_stage", "reached", "real_stage"]

QUICK = Settings(backoff_min_s=0.001, backoff_max_s=0.05)


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
