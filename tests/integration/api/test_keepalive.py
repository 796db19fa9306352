"""Pings, and calls on one connection: one that sends too many pings is closed, and others are not.

In frames: grpc's own client holds back.
"""

import asyncio
import struct
from dataclasses import replace

import grpc
import grpc.aio

from tests.integration.api.frames import ENHANCE_YOUR_CALM, GOAWAY, PING, PREFACE, SETTINGS, frame, read_frame
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient

MAX_CONCURRENT_STREAMS = 3
"""A setting (RFC 9113, 6.5.2)."""
PINGS = 10


async def test_connection_that_pings_too_often_is_closed_and_others_are_not(
    gateway: Gateway, raw: RawClient
) -> None:
    await raw.submit(client_order_id="before-1")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(PREFACE + frame(SETTINGS))
    writer.write(b"".join(frame(PING, struct.pack(">Q", number)) for number in range(PINGS)))
    async with asyncio.timeout(TIMEOUT_S):
        kind, payload = await read_frame(reader)
        while kind != GOAWAY:
            kind, payload = await read_frame(reader)
    writer.close()
    assert int.from_bytes(payload[4:8], "big") == ENHANCE_YOUR_CALM
    assert b"ping" in payload[8:]
    assert not (await raw.submit(client_order_id="after-1")).HasField("denial")


async def test_server_says_how_many_calls_a_connection_may_have_and_the_next_waits(gateway: Gateway) -> None:
    server = gateway.serve(gateway.core, replace(gateway.settings, port=0, calls_per_connection_max=2))
    port = await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(PREFACE + frame(SETTINGS))
    async with asyncio.timeout(TIMEOUT_S):
        kind, payload = await read_frame(reader)
        while kind != SETTINGS:
            kind, payload = await read_frame(reader)
    writer.close()
    told = {struct.unpack_from(">HI", payload, at) for at in range(0, len(payload), 6)}
    assert (MAX_CONCURRENT_STREAMS, 2) in told
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        raw = RawClient(channel)
        path = "gateway.v1.MarketData/WatchQuotes"
        first, second = raw.watch(path, b""), raw.watch(path, b"")
        for stream in (first, second):
            assert await stream.read()
        third = asyncio.create_task(raw.call("gateway.v1.MarketData/ListQuotes", b""))
        async with grpc.aio.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)]
        ) as other:  # another connection has its own room
            await RawClient(other).call("gateway.v1.MarketData/ListQuotes", b"")
        assert not third.done()
        first.cancel()
        await asyncio.wait_for(third, TIMEOUT_S)
        second.cancel()
    await server.stop()
