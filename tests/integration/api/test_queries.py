"""What a client may read, and what health says."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import (
    TIMEOUT_S,
    Gateway,
    RawClient,
    Venue,
    new_order,
    settled,
    trade_request,
)

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def list_orders(raw: RawClient, **terms: object) -> queries.ListOrdersResponse:
    request = queries.ListOrdersRequest(**terms)  # type: ignore[arg-type]
    return queries.ListOrdersResponse.FromString(
        await raw.call("gateway.v1.Orders/ListOrders", request.SerializeToString())
    )


async def list_positions(raw: RawClient, account: str = "") -> list[types.Position]:
    request = queries.ListPositionsRequest(account=account)
    answer = await raw.call("gateway.v1.Positions/ListPositions", request.SerializeToString())
    return list(queries.ListPositionsResponse.FromString(answer).positions)


async def test_order_is_visible_as_soon_as_its_result_is_there(raw: RawClient) -> None:
    for number in range(20):
        result = await raw.submit(client_order_id=f"c-{number}")
        request = queries.GetOrderRequest(client_order_id=f"c-{number}")
        answer = await raw.call("gateway.v1.Orders/GetOrder", request.SerializeToString())
        assert queries.GetOrderResponse.FromString(answer).order.order_id == result.order_id


async def test_order_of_another_client_is_not_found_like_one_that_does_not_exist(
    raw: RawClient, channel: grpc.aio.Channel
) -> None:
    theirs = await RawClient(channel, "beta").submit(client_order_id="theirs", account="B1")
    request = queries.GetOrderRequest(order_id=theirs.order_id)
    foreign = await raw.status("gateway.v1.Orders/GetOrder", request.SerializeToString())
    request.order_id += 1000
    missing = await raw.status("gateway.v1.Orders/GetOrder", request.SerializeToString())
    assert foreign[0] is grpc.StatusCode.NOT_FOUND
    assert foreign[1].replace(str(theirs.order_id), "N") == missing[1].replace(str(request.order_id), "N")
    assert not (await list_orders(raw)).orders


async def test_orders_of_another_client_cannot_be_canceled(raw: RawClient, channel: grpc.aio.Channel) -> None:
    theirs = await RawClient(channel, "beta").submit(client_order_id="theirs", account="B1")
    cancel = order_entry.CancelCommand(client_request_id="mine", order_id=theirs.order_id)
    request = order_entry.CancelOrderRequest(cancel=cancel)
    answer = await raw.call("gateway.v1.OrderEntry/CancelOrder", request.SerializeToString())
    result = order_entry.CancelOrderResponse.FromString(answer).result
    assert result.denial.code == types.DENIAL_CODE_UNKNOWN_ORDER


async def test_list_orders_pages_give_every_order_once_newest_first(raw: RawClient) -> None:
    call = raw.trade()
    await call.write(trade_request(*(new_order(f"c-{number}") for number in range(25))))
    await call.read()
    listed: list[str] = []
    token = ""
    while True:
        page = await list_orders(raw, page_size=10, page_token=token)
        listed += [order.client_order_id for order in page.orders]
        token = page.next_page_token
        if not token:
            break
    assert listed == [f"c-{number}" for number in reversed(range(25))]


async def test_list_orders_filters(raw: RawClient) -> None:
    await raw.submit(client_order_id="a1", account="A1", instrument="ACME")
    await raw.submit(client_order_id="a2", account="A2", instrument="OTHER")
    await raw.submit(client_order_id="denied", quantity="5000")

    async def ids(**terms: object) -> list[str]:
        return [order.client_order_id for order in (await list_orders(raw, **terms)).orders]

    assert await ids() == ["denied", "a2", "a1"]
    assert await ids(open_only=True) == ["a2", "a1"]
    assert await ids(instrument="ACME", open_only=True) == ["a1"]
    assert await ids(account="A2") == ["a2"]
    assert await ids(instrument="NOPE") == []


async def test_positions_are_those_of_the_clients_own_accounts(
    raw: RawClient, channel: grpc.aio.Channel
) -> None:
    beta = RawClient(channel, "beta")
    await beta.submit(client_order_id="sell", account="B1", side=2, price="10.00")
    await settled(beta, 1)
    await raw.submit(client_order_id="buy", account="A1", side=1, price="10.00", time_in_force=3)
    await settled(raw, 1)
    mine = await list_positions(raw)
    assert [(position.account, position.net_quantity) for position in mine] == [("A1", "10")]
    assert await list_positions(raw, "B1") == []
    assert await list_positions(raw, "A2") == []
    assert [position.net_quantity for position in await list_positions(beta, "B1")] == ["-10"]


async def test_order_whose_deadline_has_passed_is_denied_and_not_sent(gateway: Gateway, venue: Venue) -> None:
    await gateway.stop()
    gateway.now_ns = lambda: time.time_ns() - 3600 * 1_000_000_000  # every deadline was an hour ago
    await gateway.start()
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        result = await RawClient(channel).submit(client_order_id="late")
    assert result.denial.code == types.DENIAL_CODE_DEADLINE_EXCEEDED
    assert venue.new_order_arrivals(gateway.comp_id) == {}


async def test_health_of_order_entry_follows_the_sessions(gateway: Gateway) -> None:
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "gateway.v1.OrderEntry", "gateway.v1.Orders"):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert (service, answer.status) == (service, SERVING)
        watch = health.Watch(health_pb2.HealthCheckRequest(service="gateway.v1.OrderEntry"))
        async with asyncio.timeout(TIMEOUT_S):
            assert (await watch.read()).status == SERVING
            await asyncio.to_thread(gateway.core.stop)
            assert (await watch.read()).status == NOT_SERVING
        server = await health.Check(health_pb2.HealthCheckRequest(service=""))
        assert server.status == SERVING
        watch.cancel()


@pytest.mark.parametrize("reflection", [False, True])
async def test_reflection_is_served_only_where_it_is_switched_on(gateway: Gateway, reflection: bool) -> None:
    await gateway.stop()
    gateway.settings = replace(gateway.settings, reflection=reflection)
    await gateway.start()
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo()
        with suppress(grpc.aio.AioRpcError):  # the refusal may be there before the request has left
            await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        if not reflection:
            assert await call.code() is grpc.StatusCode.UNIMPLEMENTED
            return
        listed = {service.name for service in (await call.read()).list_services_response.service}
        assert {"gateway.v1.OrderEntry", "gateway.v1.Risk", "grpc.health.v1.Health"} <= listed
        call.cancel()
