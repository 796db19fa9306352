"""What is decided after its call's deadline is denied and not sent, over each way that a command can come."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import (
    TIMEOUT_S,
    Gateway,
    RawClient,
    Venue,
    end_of,
    new_order,
    trade_request,
)

HOUR_NS = 3600 * 1_000_000_000
LATE = types.DENIAL_CODE_DEADLINE_EXCEEDED
Commands = list[order_entry.Command]
Results = list[order_entry.CommandResult]
Send = Callable[[grpc.aio.Channel, Commands], Coroutine[Any, Any, Results]]


@pytest.fixture
async def late(gateway: Gateway) -> Gateway:
    """A gateway with an order in its book, `resting`, for which every deadline was an hour ago."""
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        assert not (await RawClient(channel).submit(client_order_id="resting")).HasField("denial")
    await gateway.stop()
    gateway.now_ns = lambda: time.time_ns() - HOUR_NS
    await gateway.start()
    return gateway


async def one_by_one(channel: grpc.aio.Channel, commands: Commands) -> Results:
    """Each by its unary method."""
    raw, results = RawClient(channel), []
    for command in commands:
        request: Any
        match command.WhichOneof("action"):
            case "new_order":
                method, request = "SubmitOrder", order_entry.SubmitOrderRequest(order=command.new_order)
            case "replace":
                method, request = "ReplaceOrder", order_entry.ReplaceOrderRequest(replace=command.replace)
            case "linked_orders":
                method = "SubmitLinkedOrders"
                request = order_entry.SubmitLinkedOrdersRequest(linked_orders=command.linked_orders)
            case _:
                method, request = "CancelOrder", order_entry.CancelOrderRequest(cancel=command.cancel)
        answer = await raw.call(f"gateway.v1.OrderEntry/{method}", request.SerializeToString())
        # All four answer with a result in the same field.
        results.append(order_entry.SubmitOrderResponse.FromString(answer).result)
    return results


async def as_a_batch(channel: grpc.aio.Channel, commands: Commands) -> Results:
    request = order_entry.SendBatchRequest(commands=commands).SerializeToString()
    answer = await RawClient(channel).call("gateway.v1.OrderEntry/SendBatch", request)
    return list(order_entry.SendBatchResponse.FromString(answer).results)


def stream(channel: grpc.aio.Channel, timeout_s: float) -> Any:
    method: Any = channel.stream_stream(
        "/gateway.v1.OrderEntry/Trade", response_deserializer=order_entry.TradeResponse.FromString
    )
    return method(metadata=(("client", "alpha"),), timeout=timeout_s)


async def over_a_stream(channel: grpc.aio.Channel, commands: Commands) -> Results:
    """A message each, and all in one."""
    call, results = stream(channel, TIMEOUT_S), []
    for command in commands:
        await call.write(order_entry.TradeRequest(commands=[command]).SerializeToString())
        results += (await call.read()).results
    call.cancel()
    return results


async def together_over_a_stream(channel: grpc.aio.Channel, commands: Commands) -> Results:
    call = stream(channel, TIMEOUT_S)
    await call.write(order_entry.TradeRequest(commands=commands).SerializeToString())
    results = list((await call.read()).results)
    call.cancel()
    return results


WAYS: list[Send] = [one_by_one, as_a_batch, over_a_stream, together_over_a_stream]


@pytest.mark.parametrize("send", WAYS, ids=lambda each: each.__name__)
async def test_command_decided_after_its_deadline_is_denied_and_not_sent(
    late: Gateway, venue: Venue, send: Send
) -> None:
    linked = order_entry.LinkedOrders(
        client_request_id="link",
        kind=types.LINK_KIND_OCO,
        orders=[new_order("left"), new_order("right")],
    )
    replace = order_entry.ReplaceCommand(
        client_request_id="replace", client_order_id="resting", quantity="20", price="5.00"
    )
    commands = [
        order_entry.Command(new_order=new_order("first")),
        order_entry.Command(replace=replace),
        order_entry.Command(linked_orders=linked),
        order_entry.Command(new_order=new_order("second")),
    ]
    arrived = venue.new_order_arrivals(late.comp_id)
    async with grpc.aio.insecure_channel(late.target) as channel:
        results = await send(channel, commands)
        assert [result.denial.code for result in results] == [LATE] * len(commands)
        assert all(result.lsn for result in results)  # what was decided is in the journal
        again = await send(channel, commands)
        assert [(result.denial.code, result.duplicate) for result in again] == [(LATE, True)] * len(commands)
        assert venue.new_order_arrivals(late.comp_id) == arrived
        assert len(arrived) == 1


@pytest.mark.parametrize("send", WAYS, ids=lambda each: each.__name__)
async def test_cancel_passes_however_late(late: Gateway, send: Send) -> None:
    cancel = order_entry.CancelCommand(client_request_id="cancel", client_order_id="resting")
    async with grpc.aio.insecure_channel(late.target) as channel:
        (result,) = await send(channel, [order_entry.Command(cancel=cancel)])
        assert not result.HasField("denial")
        await RawClient(channel).canceled([result.order_id])


async def test_stream_whose_deadline_has_come_takes_no_more(gateway: Gateway, venue: Venue) -> None:
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        call = stream(channel, 0.5)
        await call.write(trade_request(new_order("in-time")))
        assert not (await call.read()).results[0].HasField("denial")
        code, _ = await end_of(call)
        assert code is grpc.StatusCode.DEADLINE_EXCEEDED
        with pytest.raises((grpc.aio.AioRpcError, asyncio.InvalidStateError)):
            await call.write(trade_request(new_order("late")))
        assert (await RawClient(channel).submit(client_order_id="in-time")).duplicate
        assert not (await RawClient(channel).submit(client_order_id="late")).duplicate  # it never came
        assert len(venue.new_order_arrivals(gateway.comp_id)) == 2
