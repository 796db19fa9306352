"""Subscribers of a gateway: prints one line of JSON.

    python -m tests.bench.subscriber_load PORT drain --subscribers N --orders N     events out as fast as they go
    python -m tests.bench.subscriber_load PORT stall --subscribers N --orders N --pid N     one of them stops, by turns

Messages are not parsed but for their last field, the resume_lsn: Python would be what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Sequence
from typing import Any

import grpc.aio

from gateway.v1 import order_entry_pb2 as order_entry
from tests.bench.gateway_settings import CLIENT, new_order
from tests.bench.grpc_load import Refused
from tests.bench.measures import quantile
from tests.bench.processes import resident_bytes

BATCH = 64
PACE_S = 0.01
FILL_MESSAGES = 128
"""Sent before each turn of `stall`: 64 orders each, so that a reader who does not read is megabytes behind."""
BLOCKS = 6
"""With and without what is asked about, by turns: what else the machine does falls on both."""
METADATA = (("client", CLIENT),)
RESUME_LSN_TAG = order_entry.TradeResponse.DESCRIPTOR.fields_by_name["resume_lsn"].number << 3


def resume_lsn(message: bytes) -> int:
    """Read the last field of a response. Raises Refused where it is not the resume_lsn."""
    start = len(message) - 1
    while message[start - 1] & 0x80:
        start -= 1
    if message[start - 1] != RESUME_LSN_TAG:
        raise Refused("expected a response that ends with its resume_lsn")
    value = 0
    for byte in reversed(message[start:]):
        value = value << 7 | byte & 0x7F
    return value


class Subscriber:
    """A stream that is read, or not read any more."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        method: Any = channel.stream_stream("/gateway.v1.OrderEntry/Trade")
        self._call = method(metadata=METADATA)
        self.lsn = 0
        self.receipts: list[tuple[int, int, float]] = []
        self.kept: list[bytes] | None = None
        """What it has followed, where somebody wants to have it."""
        self.reads = True
        self._came = asyncio.Event()

    async def subscribe(self, after_lsn: int | None) -> None:
        subscription = order_entry.Subscription(after_lsn=after_lsn or 0, from_now=after_lsn is None)
        await self._call.write(order_entry.TradeRequest(subscription=subscription).SerializeToString())

    async def read_to(self, lsn: int) -> int:
        """Read until everything up to an lsn has come; the bytes of it."""
        size = 0
        while self.lsn < lsn:
            size += len(await self._read())
        return size

    async def _read(self) -> bytes:
        message = await self._call.read()
        if message is grpc.aio.EOF:
            raise Refused(f"the stream ended: {await self._call.details()}")
        self.lsn = resume_lsn(message)
        return bytes(message)

    async def first(self) -> None:
        """Wait for the message that tells from where its events count."""
        await self._read()

    async def follow(self) -> None:
        """Read, and note what came when, as long as it reads."""
        while self.reads:
            before = self.lsn
            message = await self._read()
            if self.kept is not None:
                self.kept.append(message)
            self.receipts.append((before, self.lsn, time.perf_counter()))
            self._came.set()

    async def has_followed_to(self, lsn: int) -> None:
        """Wait until everything up to an lsn was followed."""
        while self.lsn < lsn:
            self._came.clear()
            await self._came.wait()

    def delays_ns(self, sent: dict[int, float]) -> list[float]:
        """The time from each order to its event."""
        return [
            (received - sent[lsn]) * 1e9
            for before, after, received in self.receipts
            for lsn in range(before + 1, after + 1)
            if lsn in sent
        ]

    def close(self) -> None:
        self._call.cancel()


class Orders:
    """Sends orders over a stream of its own."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        method: Any = channel.stream_stream(
            "/gateway.v1.OrderEntry/Trade", response_deserializer=order_entry.TradeResponse.FromString
        )
        self._call = method(metadata=METADATA)
        self._prefix = f"{os.getpid()}-{time.time_ns() // 1_000_000}"
        self._sent = 0

    async def send(self, count: int) -> int:
        """Send in one message, await the answers; the last one's lsn."""
        commands = [
            order_entry.Command(new_order=new_order(self._prefix, self._sent + at)) for at in range(count)
        ]
        self._sent += count
        await self._call.write(order_entry.TradeRequest(commands=commands).SerializeToString())
        answered = 0
        while answered < count:
            response = await self._call.read()
            if response is grpc.aio.EOF or response.results[-1].HasField("denial"):
                raise Refused("an order was denied, or the stream ended")
            answered += len(response.results)
        return int(response.results[-1].lsn)


async def drain(port: int, subscribers: int, orders: int) -> dict[str, object]:
    """Fill the journal, then have everybody read all of it at once."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        sending, last = Orders(channel), 0
        for _ in range(orders // BATCH):
            last = await sending.send(BATCH)
        readers = [Subscriber(channel) for _ in range(subscribers)]
        started = time.perf_counter()
        for reader in readers:
            await reader.subscribe(0)
        sizes = await asyncio.gather(*(reader.read_to(last) for reader in readers))
        took = time.perf_counter() - started
        for reader in readers:
            reader.close()
        events = subscribers * (orders // BATCH) * BATCH
    return {"events_per_s": events / took, "events": events, "bytes_per_s": sum(sizes) / took}


async def stall(port: int, subscribers: int, orders: int, pid: int) -> dict[str, object]:
    """Take the others' time from order to event, by turns while all read and while one of them does not; and the
    memory that the server, process `pid`, has gained in each turn.

    Both turns begin alike, with so many events that the one who does not read is far behind what any buffer between
    him and the server holds.
    """
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        readers = [Subscriber(channel) for _ in range(subscribers)]
        for reader in readers:
            await reader.subscribe(None)
        following = [asyncio.create_task(reader.follow()) for reader in readers]
        sending = Orders(channel)
        await _paced(sending, orders // 4)
        samples: dict[str, list[float]] = {"all read": [], "one stalled": []}
        gained: dict[str, list[float]] = {phase: [] for phase in samples}
        behind = []
        for _ in range(BLOCKS):
            for phase, taken in samples.items():
                before = resident_bytes(pid)
                readers[0].reads = phase == "all read"
                for _ in range(FILL_MESSAGES):
                    filled = await sending.send(BATCH)
                await _until_read(readers[not readers[0].reads :], filled)
                for reader in readers:
                    reader.receipts.clear()
                sent = await _paced(sending, orders // BLOCKS)
                await _until_read(readers[1:], max(sent))
                taken += [delay for reader in readers[1:] for delay in reader.delays_ns(sent)]
                gained[phase].append(resident_bytes(pid) - before)
                if not readers[0].reads:
                    behind.append(max(sent) - readers[0].lsn)
                    readers[0].reads = True
                    following[0] = asyncio.create_task(readers[0].follow())
                    await _until_read(readers[:1], max(sent))
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    if min(behind) < FILL_MESSAGES * BATCH:
        raise Refused(f"the one who does not read was only {min(behind)} records behind")
    return {phase: _figures(taken) | {"gained": gained[phase]} for phase, taken in samples.items()}


async def _until_read(readers: Sequence[Subscriber], lsn: int) -> None:
    """Wait until everything up to an lsn has come to each of them."""
    for reader in readers:
        await reader.has_followed_to(lsn)


def _figures(samples: list[float]) -> dict[str, object]:
    return {"p50": quantile(samples, 0.5), "p99": quantile(samples, 0.99), "samples": len(samples)}


async def _paced(sending: Orders, orders: int) -> dict[int, float]:
    """Send one order at a time; when each was sent, by the lsn of its event."""
    sent: dict[int, float] = {}
    for _ in range(orders):
        started = time.perf_counter()
        sent[await sending.send(1)] = started
        await asyncio.sleep(PACE_S)
    return sent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("kind", choices=("drain", "stall"))
    parser.add_argument("--subscribers", type=int, default=20)
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--pid", type=int, help="the server's, whose memory is looked at")
    options = parser.parse_args()
    if options.kind == "drain":
        work = drain(options.port, options.subscribers, options.orders)
    else:
        work = stall(options.port, options.subscribers, options.orders, options.pid)
    print(json.dumps(asyncio.run(work)))


if __name__ == "__main__":
    main()
