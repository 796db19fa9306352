"""Pings, and calls on one connection: one that sends too many pings, or answers none, is closed, and others are not.

In frames: grpc's own client holds back, and answers every ping.
"""

import asyncio
import struct
from dataclasses import replace

import grpc
import grpc.aio

from tests.integration.api.frames import ENHANCE_YOUR_CALM, GOAWAY, PING, PREFACE, SETTINGS, frame, read_frame
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient

ACK = 1
MAX_CONCURRENT_STREAMS = 3
"""A flag and a setting (RFC 9113, 6.5.2 and 6.7)."""
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


class Peer:
    """A connection without calls, which answers the server's pings or does not."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        self._reader = reader
        self._writer = writer
        self._answers = answers
        self.pings = 0
        self.pinged = asyncio.Event()

    @classmethod
    async def connect(cls, port: int, *, answers: bool) -> "Peer":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PREFACE + frame(SETTINGS))
        return cls(reader, writer, answers=answers)

    async def read_until_closed(self) -> None:
        try:
            while True:
                kind, payload = await read_frame(self._reader)
                if kind == PING:
                    self.pings += 1
                    self.pinged.set()
                    if self._answers:
                        self._writer.write(frame(PING, payload, flags=ACK))
        except (asyncio.IncompleteReadError, ConnectionError):
            self._writer.close()


async def test_peer_that_answers_no_ping_is_cut_off_and_one_that_does_is_kept(gateway: Gateway) -> None:
    quick = replace(gateway.settings, port=0, keepalive_s=1.0, keepalive_timeout_s=1.0)
    server = gateway.serve(gateway.core, quick)
    port = await server.start()
    dead = await Peer.connect(port, answers=False)
    alive = await Peer.connect(port, answers=True)
    reading = asyncio.create_task(alive.read_until_closed())
    async with asyncio.timeout(TIMEOUT_S):
        await dead.read_until_closed()
        for _ in range(2):  # it goes on
            alive.pinged.clear()
            await alive.pinged.wait()
    assert dead.pings >= 1
    assert not reading.done()
    await server.stop()
    await asyncio.wait_for(reading, TIMEOUT_S)


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
