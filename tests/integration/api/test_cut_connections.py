"""The SDK over connections that break at any byte: every order once, every event once."""

import asyncio
import logging
import random

import grpc.aio
import pytest

from gateway.client import AsyncClient, OrderAccepted, Settings, Side
from tests.integration.api.cutting import Cutter
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, Venue, read_until

ORDERS = 300
CUTS = 50


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_connections_that_break_anywhere_lose_and_double_nothing(
    gateway: Gateway, venue: Venue, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(backoff_min_s=0.001, backoff_max_s=0.02, command_timeout_s=60, connect_timeout_s=60)
    async with (
        Cutter(gateway.port, random.Random(seed), CUTS) as cutter,
        AsyncClient(
            cutter.target, client="alpha", account="A1", strategy="test", settings=settings
        ) as client,
    ):
        seen: list[int] = []

        async def follow() -> None:
            accepted = 0
            async for event in client.events(0):
                seen.append(event.lsn)
                accepted += isinstance(event, OrderAccepted)
                if accepted == ORDERS:
                    return

        following = asyncio.create_task(follow())
        names = [f"c-{number}" for number in range(ORDERS)]
        for at in range(0, ORDERS, 10):
            results = await asyncio.gather(
                *(
                    client.submit("ACME", Side.BUY, 1, price="5.00", client_order_id=name)
                    for name in names[at : at + 10]
                )
            )
            assert not any(result.denied for result in results)
        await asyncio.wait_for(following, TIMEOUT_S)
        assert cutter.cuts >= CUTS // 2
        for name in names:
            assert client.order(name).client_order_id == name
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        everything = await read_until(await RawClient(channel).subscribed(0), seen[-1])
    assert seen == [event.lsn for event in everything if event.lsn <= seen[-1]]
    arrivals = venue.new_order_arrivals(gateway.comp_id)
    assert sorted(arrivals.values()) == [1] * ORDERS
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
