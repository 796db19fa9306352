"""One order at a time, with and without subscribers beside it: prints one line of JSON.

    python -m tests.bench.beside_load PORT live --subscribers N --orders N [--events-per-s N] [--yielding]
    python -m tests.bench.beside_load PORT follow --subscribers N [--yielding]     what `live` has beside it, by turns
    python -m tests.bench.beside_load PORT flow --events-per-s N                   and all the time

`--events-per-s` has others send orders all the time, 64 a message, so that all subscribers together are sent so many
events. Subscribers that are `--yielding` take only the processor time that nobody else wants, as if they had a
machine of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext

import grpc.aio

from gateway.v1 import order_entry_pb2 as order_entry
from tests.bench.grpc_load import Refused
from tests.bench.subscriber_load import BATCH, BLOCKS, PACE_S, Orders, Subscriber

EVENTS_PER_ORDER = 2
"""Accepted, and acknowledged by the venue."""
WARM_ORDERS = 10

Sample = tuple[int, int]
"""When an order was sent and its answer read, on the machine's monotonic clock in nanoseconds."""


async def live(port: int, options: argparse.Namespace) -> dict[str, object]:
    """Send one order at a time, by turns with nobody else and while others, in a process of their own, read of it."""
    subscribers, orders = options.subscribers, options.orders
    yielding = ["--yielding"] if options.yielding else []
    following = ["follow", "--subscribers", subscribers, *yielding]
    flowing = ["flow", "--events-per-s", options.events_per_s // subscribers]
    samples: dict[str, list[Sample]] = {"alone": [], "beside": []}
    events, reading_s = 0, 0.0
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        sending = Orders(channel)
        await _times(sending, orders // 4)
        async with _beside(port, flowing) if options.events_per_s else nullcontext([]):
            for _ in range(BLOCKS):
                samples["alone"] += await _times(sending, orders // BLOCKS)
                async with _beside(port, following) as said:
                    await _times(sending, WARM_ORDERS)
                    samples["beside"] += await _times(sending, orders // BLOCKS)
                read = json.loads(said[0])
                events, reading_s = events + read["events"], reading_s + read["seconds"]
    return {"samples": samples, "events_per_s": events / reading_s}


async def _times(sending: Orders, orders: int) -> list[Sample]:
    samples = []
    for _ in range(orders):
        sent_ns = time.monotonic_ns()
        await sending.send(1)
        samples.append((sent_ns, time.monotonic_ns()))
        await asyncio.sleep(PACE_S)
    return samples


@asynccontextmanager
async def _beside(port: int, arguments: Sequence[object]) -> AsyncIterator[list[str]]:
    """Run another part of this module until the end of the block; what it said at its end is in the list then."""
    command = [sys.executable, "-m", "tests.bench.beside_load", port, *arguments]
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    said: list[str] = []
    try:
        if not await process.stdout.readline():
            raise Refused(f"{arguments[0]} ended before it had begun; its messages are above")
        yield said
    finally:
        process.stdin.close()
        said.append((await process.stdout.read()).decode())
        code = await process.wait()
    if code:
        raise Refused(f"{arguments[0]} failed; its message is above")


async def follow(port: int, options: argparse.Namespace) -> dict[str, object]:
    """Read events until standard input ends; says so once every subscriber has its place."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        readers = [Subscriber(channel) for _ in range(options.subscribers)]
        for reader in readers:
            await reader.subscribe(None)
            await reader.first()
        readers[0].kept = []
        print("ready", flush=True)
        began_s = time.perf_counter()
        following = [asyncio.create_task(reader.follow()) for reader in readers]
        await asyncio.to_thread(sys.stdin.read)
        took_s = time.perf_counter() - began_s
        for task in following:
            if task.done():
                task.result()  # one that ended by itself has not been read beside the orders
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        for reader in readers:
            reader.close()
    events = sum(len(order_entry.TradeResponse.FromString(message).events) for message in readers[0].kept)
    return {"events": events * len(readers), "seconds": took_s}


async def flow(port: int, options: argparse.Namespace) -> dict[str, object]:
    """Send orders, 64 a message, until standard input ends: so many that each subscriber is sent `events_per_s`."""
    pause_s = BATCH * EVENTS_PER_ORDER / options.events_per_s
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        sending = Orders(channel)
        await sending.send(BATCH)
        print("ready", flush=True)
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        messages, due_s = 0, time.perf_counter()
        while not ended.done():
            await sending.send(BATCH)
            messages, due_s = messages + 1, due_s + pause_s
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
    return {"orders": messages * BATCH}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("kind", choices=("live", "follow", "flow"))
    parser.add_argument("--subscribers", type=int, default=20)
    parser.add_argument("--orders", type=int, default=600)
    parser.add_argument("--events-per-s", type=int, default=0)
    parser.add_argument("--yielding", action="store_true")
    options = parser.parse_args()
    if options.kind == "follow" and options.yielding:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    work = {"live": live, "follow": follow, "flow": flow}[options.kind]
    print(json.dumps(asyncio.run(work(options.port, options))))


if __name__ == "__main__":
    main()
