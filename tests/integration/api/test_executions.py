"""Executions by pages, from the journal."""

from typing import Any

import grpc
import grpc.aio

from gateway.v1 import executions_pb2 as executions
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import RawClient, settled

METHOD = "gateway.v1.Executions/ListExecutions"


async def listed(raw: RawClient, **terms: Any) -> executions.ListExecutionsResponse:
    request = executions.ListExecutionsRequest(**terms)
    return executions.ListExecutionsResponse.FromString(await raw.call(METHOD, request.SerializeToString()))


async def ids(raw: RawClient, **terms: Any) -> list[str]:
    return [each.report.client_order_id for each in (await listed(raw, **terms)).executions]


async def trade(raw: RawClient, channel: grpc.aio.Channel) -> None:
    """Alpha buys 10 from beta, and keeps another order open."""
    beta = RawClient(channel, "beta")
    await beta.submit(client_order_id="sell", account="B1", side=2, price="10.00")
    await settled(beta, 1)
    await raw.submit(client_order_id="buy", account="A1", price="10.00")
    await raw.submit(client_order_id="rests", account="A2", instrument="OTHER", strategy="s2")
    await settled(raw, 2)


async def test_executions_are_the_clients_own_newest_first(raw: RawClient, channel: grpc.aio.Channel) -> None:
    await trade(raw, channel)
    found = (await listed(raw)).executions
    assert {each.report.client_order_id for each in found} == {"buy", "rests"}
    lsns = [each.lsn for each in found]
    assert lsns == sorted(lsns, reverse=True)
    assert all(each.HasField("time") for each in found)


async def test_every_filter_narrows_the_executions(raw: RawClient, channel: grpc.aio.Channel) -> None:
    await trade(raw, channel)
    fills = (await listed(raw, exec_types=[types.EXEC_TYPE_TRADE])).executions
    assert [(each.report.client_order_id, each.report.last_quantity) for each in fills] == [("buy", "10")]
    assert set(await ids(raw, account="A2")) == {"rests"}
    assert set(await ids(raw, instrument="ACME")) == {"buy"}
    assert set(await ids(raw, strategy="s2")) == {"rests"}
    assert set(await ids(raw, order_id=fills[0].report.order_id)) == {"buy"}
    assert await ids(raw, account="B1") == []
    request = executions.ListExecutionsRequest(before=fills[0].time)
    getattr(request, "from").CopyFrom(fills[0].time)
    answer = await raw.call(METHOD, request.SerializeToString())
    assert not executions.ListExecutionsResponse.FromString(answer).executions


async def test_pages_give_every_execution_once_while_more_come(raw: RawClient) -> None:
    for number in range(12):
        await raw.submit(client_order_id=f"c-{number}")
    await settled(raw, 12)
    expected = await ids(raw)
    seen: list[str] = []
    token = ""
    while True:
        page = await listed(raw, page_size=5, page_token=token)
        seen += [each.report.client_order_id for each in page.executions]
        token = page.next_page_token
        if not token:
            break
        await raw.submit(client_order_id=f"meanwhile-{len(seen)}")
    assert seen == expected


async def test_executions_of_every_client_need_the_right_and_stay_in_the_accounts(
    raw: RawClient, shared: RawClient, channel: grpc.aio.Channel
) -> None:
    await trade(raw, channel)
    await shared.submit(client_order_id="shared", account="A1")
    await settled(shared, 1)
    assert set(await ids(raw, any_client=True)) == {"buy", "rests", "shared"}
    assert set(await ids(raw, any_client=True, client="gamma")) == {"shared"}
    request = executions.ListExecutionsRequest(any_client=True)
    code, _ = await shared.status(METHOD, request.SerializeToString())
    assert code is grpc.StatusCode.PERMISSION_DENIED
