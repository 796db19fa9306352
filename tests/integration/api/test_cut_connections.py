"""The SDK over connections that break at any byte: every order once, every event once."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import grpc.aio
import pytest

from gateway.client import AsyncClient, OrderAccepted, Settings, Side
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, Venue, read_until

ORDERS = 300
CUTS = 50


class Cutter:
    """Passes TCP connections on, and cuts each after a number of bytes that it draws; the last ones live."""

    def __init__(self, port: int, seed: int) -> None:
        self._port = port
        self._random = random.Random(seed)
        self.cuts = 0

    async def passes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        # Half of the cuts fall into the handshake or close behind it, the others into the trading.
        self._left = int(self._random.choice([1, 5]) * self._random.uniform(200, 1500))
        both = [
            asyncio.create_task(self._pass_on(reader, there_writer)),
            asyncio.create_task(self._pass_on(there_reader, writer)),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            for each in (writer, there_writer):
                each.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if self.cuts < CUTS:
                    self._left -= len(data)
                    if self._left < 0:
                        self.cuts += 1
                        writer.write(data[: self._left])
                        return
                writer.write(data)


@asynccontextmanager
async def cutting(port: int, seed: int) -> AsyncIterator[tuple[Cutter, str]]:
    cutter = Cutter(port, seed)
    server = await asyncio.start_server(cutter.passes, "127.0.0.1", 0)
    try:
        yield cutter, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_connections_that_break_anywhere_lose_and_double_nothing(
    gateway: Gateway, venue: Venue, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(backoff_min_s=0.001, backoff_max_s=0.02, command_timeout_s=60, connect_timeout_s=60)
    async with (
        cutting(gateway.port, seed) as (cutter, target),
        AsyncClient(target, client="alpha", account="A1", strategy="test", settings=settings) as client,
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
