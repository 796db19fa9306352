"""A client that submits orders and takes the time: prints one line of JSON.

    python -m tests.bench.grpc_load PORT stream|unary --messages N --batch N --under-way N [--subscribe]

Messages are made beforehand and go out as bytes. Answers are parsed and counted, because the gateway may answer
several messages in one; one order in each message is looked at, and a denial ends the run.
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
from tests.bench.measures import quantile

WARM = 0.2
"""Share of the messages that go before, unmeasured."""


class Refused(Exception):
    """An order was denied: the figures would be those of something else."""


def _check(results: Sequence[order_entry.CommandResult]) -> None:
    if results and results[-1].HasField("denial"):
        raise Refused(f"an order was denied: {results[-1].denial}")


def _requests(messages: int, batch: int) -> list[bytes]:
    prefix = f"{os.getpid()}-{time.time_ns() // 1_000_000}"
    return [
        order_entry.TradeRequest(
            commands=[
                order_entry.Command(new_order=new_order(prefix, message * batch + at)) for at in range(batch)
            ]
        ).SerializeToString()
        for message in range(messages)
    ]


async def _answers(call: Any, batch: int, under_way: asyncio.Semaphore, expected: int, events: int) -> None:
    """Read until everything is answered (and, where events are wanted, reported twice: accepted, new)."""
    taken = seen = freed = 0
    while taken < expected or seen < events:
        response = await call.read()
        if response is grpc.aio.EOF:
            raise Refused("the stream ended")
        _check(response.results)
        taken += len(response.results)
        seen += len(response.events)
        for _ in range(taken // batch - freed):
            under_way.release()
        freed = taken // batch


async def _send(call: Any, requests: Sequence[bytes], batch: int, width: int, subscribed: bool) -> float:
    under_way = asyncio.Semaphore(width)
    orders = len(requests) * batch
    started = time.perf_counter()
    reader = asyncio.create_task(_answers(call, batch, under_way, orders, 2 * orders if subscribed else 0))
    for request in requests:
        acquire = asyncio.create_task(under_way.acquire())
        await asyncio.wait({acquire, reader}, return_when=asyncio.FIRST_COMPLETED)
        if reader.done():
            break
        await call.write(request)
    await reader
    return time.perf_counter() - started


async def _throughput(channel: grpc.aio.Channel, arguments: argparse.Namespace) -> dict[str, object]:
    call = _stream(channel)
    if arguments.subscribe:
        subscription = order_entry.Subscription(from_now=True)
        await call.write(order_entry.TradeRequest(subscription=subscription).SerializeToString())
    requests = _requests(arguments.messages, arguments.batch)
    warm = int(len(requests) * WARM)
    await _send(call, requests[:warm], arguments.batch, arguments.under_way, arguments.subscribe)
    cpu = time.process_time()
    took = await _send(call, requests[warm:], arguments.batch, arguments.under_way, arguments.subscribe)
    orders = (len(requests) - warm) * arguments.batch
    call.cancel()
    return {
        "orders_per_s": orders / took,
        "orders": orders,
        "client_cpu_us": (time.process_time() - cpu) / orders * 1e6,
    }


async def _stream_latency(channel: grpc.aio.Channel, arguments: argparse.Namespace) -> dict[str, object]:
    call = _stream(channel)
    samples = []
    requests = _requests(arguments.messages, 1)
    for request in requests:
        started = time.perf_counter_ns()
        await call.write(request)
        response = await call.read()
        samples.append(float(time.perf_counter_ns() - started))
        _check(response.results)
    call.cancel()
    return _quantiles(samples)


async def _unary_latency(channel: grpc.aio.Channel, arguments: argparse.Namespace) -> dict[str, object]:
    submit: Any = channel.unary_unary(
        "/gateway.v1.OrderEntry/SubmitOrder",
        request_serializer=order_entry.SubmitOrderRequest.SerializeToString,
        response_deserializer=order_entry.SubmitOrderResponse.FromString,
    )
    prefix = f"{os.getpid()}-{time.time_ns() // 1_000_000}"
    samples = []
    for number in range(arguments.messages):
        request = order_entry.SubmitOrderRequest(order=new_order(prefix, number))
        started = time.perf_counter_ns()
        response = await submit(request, metadata=(("client", CLIENT),))
        samples.append(float(time.perf_counter_ns() - started))
        _check([response.result])
    return _quantiles(samples)


def _quantiles(samples: Sequence[float]) -> dict[str, object]:
    measured = samples[int(len(samples) * WARM) :]
    return {"p50": quantile(measured, 0.5), "p99": quantile(measured, 0.99), "samples": len(measured)}


def _stream(channel: grpc.aio.Channel) -> Any:
    trade: Any = channel.stream_stream(
        "/gateway.v1.OrderEntry/Trade", response_deserializer=order_entry.TradeResponse.FromString
    )
    return trade(metadata=(("client", CLIENT),))


async def _run(arguments: argparse.Namespace) -> dict[str, object]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{arguments.port}") as channel:
        if arguments.kind == "unary":
            return await _unary_latency(channel, arguments)
        if arguments.batch == 1 and arguments.under_way == 1:
            return await _stream_latency(channel, arguments)
        return await _throughput(channel, arguments)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("kind", choices=("stream", "unary"))
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--under-way", type=int, default=1)
    parser.add_argument("--subscribe", action="store_true")
    print(json.dumps(asyncio.run(_run(parser.parse_args()))))


if __name__ == "__main__":
    main()
