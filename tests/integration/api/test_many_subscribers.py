"""Fifty subscribers, of which one stops reading: the others get everything, in order, and so does it in the end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc.aio
import pytest

from tests.integration.api.support import (
    TIMEOUT_S,
    Gateway,
    RawClient,
    Venue,
    new_order,
    read_until,
    settled,
    trade_request,
)

SUBSCRIBERS = 50
ORDERS = 200
BATCH = 20


@pytest.fixture
async def gateway(venue: Venue, tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path / "journal", venue.port)
    gateway.settings = replace(gateway.settings, streams_per_client_max=SUBSCRIBERS + 5)
    await gateway.start()
    yield gateway
    await gateway.stop()


async def read_all(call: Any, lsn: int) -> list[int]:
    return [event.lsn for event in await read_until(call, lsn)]


async def test_subscriber_that_stops_reading_costs_the_others_nothing(
    gateway: Gateway, raw: RawClient
) -> None:
    # The one that stops has a connection of its own: what is not read there fills its window alone.
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(gateway.target, options=options) as channel:
        stalled = await RawClient(channel).subscribed(0)
        await stalled.read()
        readers = [await raw.subscribed(0) for _ in range(SUBSCRIBERS - 1)]
        sending = raw.trade()
        for at in range(0, ORDERS, BATCH):
            await sending.write(trade_request(*(new_order(f"c-{at + number}") for number in range(BATCH))))
            results = (await sending.read()).results
            assert not any(result.HasField("denial") for result in results)
        last = await settled(raw, ORDERS)
        async with asyncio.timeout(3 * TIMEOUT_S):
            seen = await asyncio.gather(*(read_all(reader, last) for reader in readers))
        assert seen[0] == sorted(set(seen[0]))
        assert all(each == seen[0] for each in seen)
        late = await read_all(stalled, last)
        assert late == [lsn for lsn in seen[0] if lsn >= late[0]]
        for call in (*readers, stalled, sending):
            call.cancel()
