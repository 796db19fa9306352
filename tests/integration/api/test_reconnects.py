"""A client that is cut off again and again, at drawn bytes and moments: nothing is missed and nothing is doubled.

    make reconnects N=100000     the long run; prints its seed and how far it is

GATEWAY_TEST_RECONNECTS=N and GATEWAY_TEST_SEED=S set the same for pytest.
"""

import asyncio
import os
from pathlib import Path
from random import Random

import grpc.aio
import pytest

from gateway.client import (
    AsyncClient,
    Event,
    LiveOrder,
    OrderAccepted,
    ReferencePriceSet,
    Settings,
    Side,
    TimeInForce,
)
from tests.integration.api.cutting import Cutter
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, Venue, read_until

CUTS = int(os.environ.get("GATEWAY_TEST_RECONNECTS", "500"))
SEED = int(os.environ.get("GATEWAY_TEST_SEED", "1"))
MOMENTS_S = 0.02
ORDERS_AT_ONCE = 3
PRICE = "5.00"
PATIENT = Settings(
    backoff_min_s=0.001, backoff_max_s=0.01, command_timeout_s=120, connect_timeout_s=120, query_timeout_s=120
)


class Strategy:
    """Sends immediate-or-cancel orders and follows all events, from the first on."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self.names: list[str] = []
        self.lsns: list[int] = []
        self.accepted: list[str] = []

    async def trade_until(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            names = [f"c-{len(self.names) + at}" for at in range(ORDERS_AT_ONCE)]
            self.names += names
            orders = await asyncio.gather(*(self._submit(name) for name in names))
            assert [order for order in orders if order.denied] == []
            await asyncio.sleep(0)

    async def _submit(self, name: str) -> LiveOrder:
        return await self._client.submit(
            "ACME", Side.BUY, 1, price=PRICE, client_order_id=name, time_in_force=TimeInForce.IOC
        )

    async def follow_to_the_end(self) -> None:
        """Follow until the price is set, which comes after everything else."""
        async for event in self._client.events(0):
            self._see(event)
            if isinstance(event, ReferencePriceSet):
                return

    def _see(self, event: Event) -> None:
        self.lsns.append(event.lsn)
        if isinstance(event, OrderAccepted):
            self.accepted.append(event.client_order_id)


@pytest.mark.timeout(0 if CUTS > 500 else 300)
async def test_client_that_reconnects_for_ever_misses_and_doubles_nothing(
    venue: Venue, tmp_path: Path
) -> None:
    print(f"{CUTS} reconnects; GATEWAY_TEST_SEED={SEED} draws the same cuts again")
    gateway = Gateway(tmp_path / "journal", venue.port)
    gateway.orders_max = max(100_000, CUTS * ORDERS_AT_ONCE * 4)
    await gateway.start()
    try:
        await reconnect(gateway, venue)
    finally:
        await gateway.stop()


async def reconnect(gateway: Gateway, venue: Venue) -> None:
    async with (
        Cutter(gateway.port, Random(SEED), CUTS, MOMENTS_S) as cutter,
        AsyncClient(cutter.target, client="alpha", account="A1", strategy="test", settings=PATIENT) as client,
    ):
        strategy = Strategy(client)
        async with asyncio.TaskGroup() as group:
            following = group.create_task(strategy.follow_to_the_end())
            saying = group.create_task(say_how_far(cutter, strategy))
            await strategy.trade_until(cutter.enough)
            await client.wait_done(strategy.names[-1], TIMEOUT_S)
            last = await client.set_reference_price("ACME", "10.00")
            await following
            saying.cancel()
        statuses = {name: client.order(name).status for name in strategy.names[-5_000:]}
        for order in await client.list_orders(limit=5_000):
            assert statuses.get(order.client_order_id, order.status) is order.status
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        everything = await read_until(await RawClient(channel).subscribed(0), last)
    assert cutter.cuts == CUTS
    assert strategy.lsns == [event.lsn for event in everything if event.lsn <= last]
    assert sorted(strategy.accepted) == sorted(strategy.names)
    arrivals = venue.new_order_arrivals(gateway.comp_id)
    assert sorted(arrivals.values()) == [1] * len(strategy.names)


async def say_how_far(cutter: Cutter, strategy: Strategy) -> None:
    while True:
        await asyncio.sleep(30)
        print(
            f"{cutter.cuts} of {CUTS} reconnects, {len(strategy.names)} orders, {len(strategy.lsns)} events",
            flush=True,
        )
