"""One id, one order: however often, over whichever calls and connections, and after a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack

import grpc.aio
import pytest

from gateway.client import AsyncClient, Cancel, DenialCode, NewOrder, OrderStatus, Result, Side
from gateway.core._core import RecordKind
from gateway.v1 import order_entry_pb2, types_pb2
from ops.demo.configuration import ACCOUNT, CLIENT
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import TIMEOUT_S, Gateway, Venue, session_ready

CONNECTIONS = 5
SUBMISSIONS = 1000
ORDER = NewOrder(
    client_order_id="the-one",
    instrument="AAPL",
    side=Side.BUY,
    quantity=10,
    price="185.00",
    account=ACCOUNT,
    strategy="test",
)

Answer = tuple[str, int, str, int]


def answer_of(result: Result | order_entry_pb2.CommandResult) -> Answer:
    """What must be the same in every answer."""
    return result.client_request_id, result.order_id, result.cl_ord_id, result.lsn


async def submit_unary(channel: grpc.aio.Channel) -> order_entry_pb2.CommandResult:
    call = channel.unary_unary(
        "/gateway.v1.OrderEntry/SubmitOrder",
        request_serializer=order_entry_pb2.SubmitOrderRequest.SerializeToString,
        response_deserializer=order_entry_pb2.SubmitOrderResponse.FromString,
    )
    order = order_entry_pb2.NewOrder(
        client_order_id=ORDER.client_order_id,
        account=ACCOUNT,
        strategy="test",
        instrument="AAPL",
        side=types_pb2.SIDE_BUY,
        order_type=types_pb2.ORDER_TYPE_LIMIT,
        time_in_force=types_pb2.TIME_IN_FORCE_DAY,
        quantity="10.0",  # the same number as 10, and so the same content
        price="185",
    )
    request = order_entry_pb2.SubmitOrderRequest(order=order)
    response = await call(request, metadata=(("client", CLIENT),), timeout=TIMEOUT_S)
    result: order_entry_pb2.CommandResult = response.result
    return result


async def submit_a_thousand_times(gateway: Gateway) -> list[tuple[Answer, bool]]:
    """Half by streams and half by unary calls, each over several connections, all at once."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(gateway.client()) for _ in range(CONNECTIONS)]
        channels = [
            await stack.enter_async_context(
                grpc.aio.insecure_channel(gateway.target, options=[("grpc.use_local_subchannel_pool", 1)])
            )
            for _ in range(CONNECTIONS)
        ]
        each = SUBMISSIONS // (2 * CONNECTIONS)
        work: list[Awaitable[object]] = []
        for _ in range(each):
            work += [client.submit_many([ORDER]) for client in clients]
            work += [submit_unary(channel) for channel in channels]
        answers: list[tuple[Answer, bool]] = []
        for done in await asyncio.gather(*work):
            result = done[0] if isinstance(done, list) else done
            assert isinstance(result, Result | order_entry_pb2.CommandResult)
            answers.append((answer_of(result), result.duplicate))
        return answers


def wire_messages(gateway: Gateway, msg_type: str) -> list[dict[str, str]]:
    return [message for message in gateway.messages(RecordKind.MESSAGE_OUT) if message["35"] == msg_type]


async def until_shown(client: AsyncClient, status: OrderStatus) -> None:
    async def is_shown() -> bool:
        return (await client.get_order(ORDER.client_order_id)).status is status

    await eventually(is_shown, f"the order is {status}")


@pytest.fixture
async def gateway(quiet_venue: Venue, start_gateway: StartGateway) -> Gateway:
    gateway = await start_gateway(quiet_venue.port)
    async with gateway.client() as client:
        await session_ready(client)
    return gateway


async def test_id_submitted_a_thousand_times_and_after_a_kill_is_one_order(
    gateway: Gateway, quiet_venue: Venue
) -> None:
    before = await submit_a_thousand_times(gateway)
    gateway.kill()
    await gateway.start()
    async with gateway.client() as client:
        await session_ready(client)
        after = await submit_a_thousand_times(gateway)
        await until_shown(client, OrderStatus.NEW)
        orders = await client.list_orders()

    assert len(before) == len(after) == SUBMISSIONS
    assert len({answer for answer, _ in before + after}) == 1
    assert [duplicate for _, duplicate in before].count(False) == 1
    assert all(duplicate for _, duplicate in after)
    (order,) = orders
    assert quiet_venue.arrivals() == {order.cl_ord_id: 1}
    assert len(wire_messages(gateway, "D")) == 1


async def test_id_submitted_while_the_gateway_is_killed_is_one_order(
    gateway: Gateway, quiet_venue: Venue
) -> None:
    """The SDK sends again what has no answer: the kill comes with a thousand commands under way."""
    async with gateway.client() as client:
        work = asyncio.gather(*(client.submit_many([ORDER]) for _ in range(SUBMISSIONS)))
        await asyncio.sleep(0)
        await eventually(lambda: bool(quiet_venue.arrivals()), "the first one arrived")
        gateway.kill()
        await gateway.start()
        answers = {answer_of(result) for (result,) in await work}
        await session_ready(client)
        (order,) = await client.list_orders()
    assert len(answers) == 1
    assert quiet_venue.arrivals() == {order.cl_ord_id: 1}


async def test_id_with_other_content_is_denied_and_the_first_order_stands(
    gateway: Gateway, quiet_venue: Venue
) -> None:
    async with gateway.client() as client:
        (first,) = await client.submit_many([ORDER])
        other = await client.submit("AAPL", Side.BUY, 11, price="185.00", client_order_id="the-one")
        assert other.denial is not None
        assert other.denial.code is DenialCode.CLIENT_REQUEST_ID_REUSED
        assert "the-one" in str(other.denial)
        await until_shown(client, OrderStatus.NEW)
        order = await client.get_order("the-one")
    assert order.order_id == first.order_id
    assert order.quantity == 10
    assert quiet_venue.arrivals() == {first.cl_ord_id: 1}


async def test_cancel_repeated_in_parallel_and_after_a_kill_is_one_request(
    gateway: Gateway, quiet_venue: Venue
) -> None:
    cancel = Cancel(client_order_id="the-one", client_request_id="the-cancel")
    async with gateway.client() as client:
        await client.submit_many([ORDER])
        await until_shown(client, OrderStatus.NEW)
        answers = await asyncio.gather(*(client.submit_many([cancel]) for _ in range(100)))
        await until_shown(client, OrderStatus.CANCELED)
        gateway.kill()
        await gateway.start()
        again = await client.submit_many([cancel])
    assert {answer_of(result) for (result,) in answers} == {answer_of(again[0])}
    assert again[0].duplicate
    assert len(wire_messages(gateway, "F")) == 1
    (order,) = quiet_venue.ledger()["orders"]
    assert order["status"] == "CANCELED"
