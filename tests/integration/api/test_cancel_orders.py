"""CancelOrders over a running gateway: a client's own orders, and those of others for an operator.

alpha has every right in A1 and A2; gamma trades A1 without `admin`; beta has B1, which is none of alpha's.
"""

import asyncio
from typing import Any

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2

from gateway.client import AsyncClient, DenialCode
from gateway.v1 import audit_pb2 as audit
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, settled

CANCEL = "gateway.v1.Operations/CancelOrders"
ORDER_NOT_OPEN, UNKNOWN_ORDER = types.DENIAL_CODE_ORDER_NOT_OPEN, types.DENIAL_CODE_UNKNOWN_ORDER


@pytest.fixture
def beta(channel: grpc.aio.Channel) -> RawClient:
    return RawClient(channel, "beta")


async def working(raw: RawClient, name: str, **terms: Any) -> int:
    """An order that the venue has acknowledged."""
    order_id = (await raw.submit(client_order_id=name, **terms)).order_id
    await settled(raw, len((await listed(raw)).orders))
    return order_id


async def listed(raw: RawClient) -> queries.ListOrdersResponse:
    return queries.ListOrdersResponse.FromString(await raw.call("gateway.v1.Orders/ListOrders", b""))


async def cancel(raw: RawClient, **asked: Any) -> operations.CancelOrdersResponse:
    request = operations.CancelOrdersRequest(**asked).SerializeToString()
    return operations.CancelOrdersResponse.FromString(await raw.call(CANCEL, request))


async def refused(raw: RawClient, **asked: Any) -> tuple[grpc.StatusCode, str]:
    """The status of a call, and the field that it names."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await cancel(raw, **asked)
    metadata = dict(caught.value.trailing_metadata() or ())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])  # type: ignore[arg-type]
    bad = details.BadRequest()
    fields = [each.field for part in status.details if part.Unpack(bad) for each in bad.field_violations]
    return caught.value.code(), "".join(fields)


async def recorded(raw: RawClient, kind: str, **wanted: Any) -> list[Any]:
    request = audit.QueryEventsRequest(
        filter=audit.EventFilter(kinds=[kind], **wanted), oldest_first=True, page_size=1000
    )
    data = await raw.call("gateway.v1.Audit/QueryEvents", request.SerializeToString())
    return [getattr(event, kind) for event in audit.QueryEventsResponse.FromString(data).events]


async def statuses(raw: RawClient) -> dict[str, int]:
    return {order.client_order_id: order.status for order in (await listed(raw)).orders}


async def test_operator_cancels_whichever_clients_orders_in_his_accounts(
    raw: RawClient, shared: RawClient, beta: RawClient
) -> None:
    theirs = await working(beta, "theirs", account="B1")
    mine, shares = await working(raw, "mine", account="A2"), await working(shared, "shares")
    answer = await cancel(raw, any_client=True, reason="the desk asked by phone")
    assert answer.cancels_sent == 2
    await raw.canceled([mine])
    await shared.canceled([shares])
    assert await statuses(beta) == {"theirs": types.ORDER_STATUS_NEW}, theirs


async def test_operator_narrows_by_client_account_strategy_and_instrument(
    raw: RawClient, shared: RawClient
) -> None:
    await working(raw, "mine")
    for name, terms in (("left", {"instrument": "OTHER"}), ("stays", {"strategy": "s2"}), ("goes", {})):
        await working(shared, name, **terms)
    narrowed = {"client": "gamma", "account": "A1", "strategy": "test", "instrument": "ACME"}
    assert (await cancel(raw, any_client=True, reason="r", **narrowed)).cancels_sent == 1
    assert (await cancel(raw, any_client=True, reason="r", client="nobody")).cancels_sent == 0
    after = await statuses(shared) | await statuses(raw)
    assert {name for name, status in after.items() if status == types.ORDER_STATUS_NEW} == {
        "mine", "left", "stays",
    }  # fmt: skip


async def test_cancel_by_id_is_a_request_of_the_orders_client_that_names_who_asked(
    raw: RawClient, shared: RawClient
) -> None:
    order_id, other = await working(shared, "shares"), await working(shared, "stays")
    answer = await cancel(raw, any_client=True, reason="a stray order", order_ids=[order_id, order_id])
    assert (answer.cancels_sent, list(answer.denials)) == (1, [])
    await shared.canceled([order_id])
    (event,) = await recorded(raw, "cancel_requested")
    assert event.order_id == order_id
    assert event.client_request_id.startswith("by:alpha:")
    assert (await statuses(shared))["stays"] == types.ORDER_STATUS_NEW, other
    (call,) = await recorded(raw, "api_called")
    assert (call.client, call.method, call.status) == ("alpha", "gateway.v1.Operations.CancelOrders", "OK")
    assert call.peer.startswith("ipv4:127.0.0.1:")
    assert 'reason: "a stray order"' in call.request
    assert f"order_ids: {order_id}" in call.request


async def test_own_cancel_is_not_recorded_beside_its_events(raw: RawClient) -> None:
    order_id = await working(raw, "mine")
    assert (await cancel(raw, order_ids=[order_id])).cancels_sent == 1
    assert await recorded(raw, "api_called") == []


async def test_id_of_an_order_that_is_not_the_callers_cancels_nothing(
    raw: RawClient, shared: RawClient, beta: RawClient
) -> None:
    mine, theirs = await working(raw, "mine"), await working(beta, "theirs", account="B1")
    for stranger in (theirs, theirs + 1000):
        status = await refused(raw, any_client=True, reason="r", order_ids=[mine, stranger])
        assert status == (grpc.StatusCode.NOT_FOUND, "order_ids[1]")
    assert await refused(shared, order_ids=[mine]) == (grpc.StatusCode.NOT_FOUND, "order_ids[0]")
    assert await statuses(raw) | await statuses(beta) == {
        "mine": types.ORDER_STATUS_NEW,
        "theirs": types.ORDER_STATUS_NEW,
    }
    assert {call.status for call in await recorded(raw, "api_called", client="alpha")} == {"NOT_FOUND"}


async def test_client_without_admin_reaches_its_own_alone(raw: RawClient, shared: RawClient) -> None:
    await working(raw, "mine")
    assert (await refused(shared, any_client=True, reason="r"))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert await refused(shared, client="alpha") == (grpc.StatusCode.INVALID_ARGUMENT, "client")
    assert (await cancel(shared)).cancels_sent == 0
    assert await statuses(raw) == {"mine": types.ORDER_STATUS_NEW}
    (call,) = await recorded(raw, "api_called", client="gamma")
    assert call.status == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"any_client": True}, "reason"),
        ({"any_client": True, "reason": "x" * 257}, "reason"),
        ({"reason": "x" * 257}, "reason"),
        ({"order_ids": range(1, 1002)}, "order_ids"),
        ({"order_ids": [1], "account": "A1"}, "order_ids"),
    ],
    ids=str,
)
async def test_request_that_says_too_little_or_too_much_cancels_nothing(
    raw: RawClient, asked: dict[str, Any], field: str
) -> None:
    await working(raw, "mine")
    assert await refused(raw, **asked) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert await statuses(raw) == {"mine": types.ORDER_STATUS_NEW}


async def test_order_that_has_ended_is_told_apart(raw: RawClient, shared: RawClient) -> None:
    ended, open_one = await working(shared, "ended"), await working(shared, "open")
    await cancel(shared, order_ids=[ended])
    await shared.canceled([ended])
    answer = await cancel(raw, any_client=True, reason="r", order_ids=[ended, open_one])
    (denial,) = answer.denials
    assert answer.cancels_sent == 1
    assert (denial.order_id, denial.client, denial.denial.code) == (ended, "gamma", ORDER_NOT_OPEN)


async def test_orders_of_a_client_that_is_configured_no_more_can_be_canceled(
    gateway: Gateway, shared: RawClient
) -> None:
    order_id = await working(shared, "left behind")
    await gateway.stop()
    del gateway.accounts["gamma"]
    await gateway.start()
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        raw = RawClient(channel)
        answer = await cancel(raw, any_client=True, reason="r", order_ids=[order_id])
        assert [denial.denial.code for denial in answer.denials] == [UNKNOWN_ORDER]
        assert (await cancel(raw, any_client=True, reason="r", client="gamma")).cancels_sent == 1
        request = queries.GetOrderRequest(order_id=order_id, any_client=True).SerializeToString()
        status = types.ORDER_STATUS_NEW
        async with asyncio.timeout(TIMEOUT_S):
            while status != types.ORDER_STATUS_CANCELED:
                got = await raw.call("gateway.v1.Orders/GetOrder", request)
                status = queries.GetOrderResponse.FromString(got).order.status


async def test_sdk_cancels_orders_of_others(client: AsyncClient, shared: RawClient) -> None:
    ids = [await working(shared, name) for name in ("one", "two", "three")]
    sent = await client.cancel_order_ids(ids[:1], any_client=True, reason="r")
    assert (sent.cancels_sent, sent.denials) == (1, ())
    await shared.canceled(ids[:1])
    again = await client.cancel_order_ids(ids[:1], any_client=True, reason="r")
    assert [(each.client, each.denial.code) for each in again.denials] == [
        ("gamma", DenialCode.ORDER_NOT_OPEN)
    ]
    assert await client.cancel_orders(any_client=True, client="gamma", reason="r") == 2
    await shared.canceled(ids)
