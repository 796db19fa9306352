"""Lists of orders: every filter, pages that stay what they are, and other clients' orders for whoever may see them."""

from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import RawClient, new_order, settled, trade_request

METHOD = "gateway.v1.Orders/ListOrders"


async def listed(raw: RawClient, **terms: Any) -> queries.ListOrdersResponse:
    request = queries.ListOrdersRequest(**terms)
    return queries.ListOrdersResponse.FromString(await raw.call(METHOD, request.SerializeToString()))


async def ids(raw: RawClient, **terms: Any) -> list[str]:
    return [order.client_order_id for order in (await listed(raw, **terms)).orders]


async def submit_many(raw: RawClient, count: int, prefix: str = "c") -> None:
    call = raw.trade()
    await call.write(trade_request(*(new_order(f"{prefix}-{number}") for number in range(count))))
    await call.read()
    call.cancel()


async def test_every_filter_narrows_the_list(raw: RawClient) -> None:
    await raw.submit(client_order_id="one", strategy="s1", instrument="ACME", account="A1")
    await raw.submit(client_order_id="two", strategy="s2", instrument="OTHER", account="A2")
    await raw.submit(client_order_id="denied", strategy="s2", quantity="5000")
    assert await ids(raw, strategy="s2") == ["denied", "two"]
    assert await ids(raw, strategy="s2", account="A2") == ["two"]
    assert await ids(raw, venue="SIM", open_only=True) == ["two", "one"]
    assert await ids(raw, venue="NONE") == []
    assert await ids(raw, statuses=[types.ORDER_STATUS_DENIED]) == ["denied"]
    assert await ids(raw, statuses=[types.ORDER_STATUS_DENIED, types.ORDER_STATUS_FILLED]) == ["denied"]
    await settled(raw, 2)
    assert await ids(raw, statuses=[types.ORDER_STATUS_NEW]) == ["two", "one"]


async def test_time_of_making_bounds_the_list(raw: RawClient) -> None:
    for name in ("one", "two", "three"):
        await raw.submit(client_order_id=name)
    orders = (await listed(raw)).orders
    made = {order.client_order_id: order.created_at for order in orders}
    assert await ids(raw, created_from=made["two"]) == ["three", "two"]
    assert await ids(raw, created_before=made["two"]) == ["one"]
    assert await ids(raw, created_from=made["one"], created_before=made["three"]) == ["two", "one"]


async def test_orders_that_come_meanwhile_shift_no_page(raw: RawClient) -> None:
    await submit_many(raw, 25)
    seen: list[str] = []
    token = ""
    while True:
        page = await listed(raw, page_size=10, page_token=token)
        seen += [order.client_order_id for order in page.orders]
        token = page.next_page_token
        if not token:
            break
        await raw.submit(client_order_id=f"meanwhile-{len(seen)}")
    assert seen == [f"c-{number}" for number in reversed(range(25))]


async def test_token_is_opaque_and_of_its_query_alone(raw: RawClient) -> None:
    await submit_many(raw, 3)
    token = (await listed(raw, page_size=2)).next_page_token
    assert token
    assert not token.isdecimal()
    assert len(await ids(raw, page_size=1, page_token=token)) == 1
    for change in ({"open_only": True}, {"account": "A1"}):
        request = queries.ListOrdersRequest(page_size=2, page_token=token, **change)  # type: ignore[arg-type]
        code, text = await raw.status(METHOD, request.SerializeToString())
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert "page_token" in text


@pytest.mark.parametrize(
    "stamp", [Timestamp(seconds=-1), Timestamp(seconds=1, nanos=-5), Timestamp(seconds=2**62)]
)
async def test_time_that_cannot_be_is_refused(raw: RawClient, stamp: Timestamp) -> None:
    request = queries.ListOrdersRequest(created_from=stamp)
    code, text = await raw.status(METHOD, request.SerializeToString())
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "created_from" in text


async def test_orders_of_every_client_are_those_of_the_callers_accounts(
    raw: RawClient, channel: grpc.aio.Channel, shared: RawClient
) -> None:
    theirs = await RawClient(channel, "beta").submit(client_order_id="beta's", account="B1")
    await shared.submit(client_order_id="shared", account="A1", strategy="s9")
    await raw.submit(client_order_id="own", account="A2")
    assert await ids(raw) == ["own"]
    assert await ids(raw, any_client=True) == ["own", "shared"]
    assert await ids(raw, any_client=True, client="gamma") == ["shared"]
    assert await ids(raw, any_client=True, account="B1") == []
    request = queries.GetOrderRequest(order_id=theirs.order_id, any_client=True)
    code, _ = await raw.status("gateway.v1.Orders/GetOrder", request.SerializeToString())
    assert code is grpc.StatusCode.NOT_FOUND


async def test_other_clients_orders_need_any_client_and_the_right(shared: RawClient) -> None:
    for request, code in (
        (queries.ListOrdersRequest(client="alpha"), grpc.StatusCode.INVALID_ARGUMENT),
        (queries.ListOrdersRequest(any_client=True), grpc.StatusCode.PERMISSION_DENIED),
    ):
        assert (await shared.status(METHOD, request.SerializeToString()))[0] is code
