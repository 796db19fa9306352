"""Streams of what changes: which journal they are of, how they begin, executions and positions as they come."""

import asyncio
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.v1 import audit_pb2 as audit
from gateway.v1 import executions_pb2 as executions
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from tests.integration.api.support import (
    TIMEOUT_S,
    Gateway,
    RawClient,
    end_of,
    new_order,
    settled,
    trade_request,
)

WATCHES: dict[str, Any] = {
    "gateway.v1.Orders/WatchOrders": queries.WatchOrdersRequest,
    "gateway.v1.Audit/WatchEvents": audit.WatchEventsRequest,
    "gateway.v1.Executions/WatchExecutions": executions.WatchExecutionsRequest,
}


async def read(call: Any, response_type: Any) -> Any:
    async with asyncio.timeout(TIMEOUT_S):
        answer = await call.read()
    assert answer is not grpc.aio.EOF, await call.details()
    return response_type.FromString(answer)


async def trade(raw: RawClient, name: str, quantity: int = 1) -> None:
    """Have alpha buy in A1 what it sells in A2."""
    for side, account in ((1, "A1"), (2, "A2")):
        result = await raw.submit(
            client_order_id=f"{name}-{side}",
            side=side,
            account=account,
            quantity=str(quantity),
            price="11.00",
            instrument="OTHER",
        )
        assert not result.HasField("denial")


@pytest.mark.parametrize("method", WATCHES)
async def test_watch_names_its_journal_and_refuses_a_point_of_another(
    gateway: Gateway, raw: RawClient, method: str
) -> None:
    await raw.submit(client_order_id="c-1")
    lsn = await settled(raw, 1)
    call = raw.watch(method, WATCHES[method]().SerializeToString())
    async with asyncio.timeout(TIMEOUT_S):
        journal = dict(await call.initial_metadata())["journal"]
    assert journal == gateway.core.journal_id()
    call.cancel()
    same = raw.watch(method, WATCHES[method](after_lsn=lsn, journal=journal).SerializeToString())
    async with asyncio.timeout(TIMEOUT_S):
        assert await same.read() is not grpc.aio.EOF
    same.cancel()
    other = raw.watch(method, WATCHES[method](after_lsn=lsn, journal="OTHER").SerializeToString())
    code, text = await end_of(other)
    assert code is grpc.StatusCode.OUT_OF_RANGE
    assert "'OTHER'" in text
    assert journal in text


async def test_subscription_refuses_a_point_of_another_journal(raw: RawClient) -> None:
    call = await raw.subscribed(1, journal="OTHER")
    code, text = await end_of(call)
    assert code is grpc.StatusCode.OUT_OF_RANGE
    assert "of 'OTHER'" in text


async def test_orders_as_they_are_begin_small_and_go_on_where_they_broke_off(raw: RawClient) -> None:
    names = [f"c-{number}" for number in range(60)]
    await raw.call(
        "gateway.v1.OrderEntry/SendBatch",
        order_entry.SendBatchRequest(
            commands=[order_entry.Command(new_order=new_order(name)) for name in names]
        ).SerializeToString(),
    )
    await settled(raw, len(names))
    seen: list[str] = []
    request = queries.WatchOrdersRequest()
    sizes = []
    for _ in range(100):  # a line that breaks after every message
        call = raw.watch("gateway.v1.Orders/WatchOrders", request.SerializeToString())
        part = await read(call, queries.WatchOrdersResponse)
        call.cancel()
        assert part.snapshot
        sizes.append(len(part.orders))
        seen += [order.client_order_id for order in part.orders]
        if not part.snapshot_before_order_id:
            break
        request = queries.WatchOrdersRequest(
            after_lsn=part.snapshot_lsn, snapshot_before_order_id=part.snapshot_before_order_id
        )
    assert seen == names[::-1]
    assert max(sizes) == 8
    whole = raw.watch("gateway.v1.Orders/WatchOrders", b"")
    grown = [await read(whole, queries.WatchOrdersResponse) for _ in range(4)]
    whole.cancel()
    assert [len(part.orders) for part in grown] == [8, 16, 32, 4]


async def test_resumed_snapshot_is_followed_by_what_has_changed_since_it_began(raw: RawClient) -> None:
    for number in range(10):
        await raw.submit(client_order_id=f"c-{number}")
    await settled(raw, 10)
    call = raw.watch("gateway.v1.Orders/WatchOrders", b"")
    first = await read(call, queries.WatchOrdersResponse)
    call.cancel()
    assert first.orders[0].client_order_id == "c-9"
    request = order_entry.MassCancelRequest(account="A1", instrument="ACME")
    answer = await raw.call("gateway.v1.OrderEntry/MassCancel", request.SerializeToString())
    assert order_entry.MassCancelResponse.FromString(answer).cancels_sent == 10
    again = queries.WatchOrdersRequest(
        after_lsn=first.snapshot_lsn, snapshot_before_order_id=first.snapshot_before_order_id
    )
    call = raw.watch("gateway.v1.Orders/WatchOrders", again.SerializeToString())
    rest = await read(call, queries.WatchOrdersResponse)
    assert [order.client_order_id for order in rest.orders] == ["c-1", "c-0"]
    part, ended = rest, set[str]()
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            ended |= {order.client_order_id for order in part.orders if order.leaves_quantity == "0"}
            if len(ended) == 10:
                break
            part = await read(call, queries.WatchOrdersResponse)
    call.cancel()


async def test_snapshot_to_go_on_with_needs_its_lsn(raw: RawClient) -> None:
    request = queries.WatchOrdersRequest(snapshot_before_order_id=5).SerializeToString()
    code, text = await end_of(raw.watch("gateway.v1.Orders/WatchOrders", request))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "snapshot_lsn" in text


async def test_event_log_begins_with_small_messages(raw: RawClient) -> None:
    await raw.call(
        "gateway.v1.OrderEntry/SendBatch",
        order_entry.SendBatchRequest(
            commands=[order_entry.Command(new_order=new_order(f"c-{number}")) for number in range(200)]
        ).SerializeToString(),
    )
    await settled(raw, 200)
    call = raw.watch("gateway.v1.Audit/WatchEvents", b"")
    async with asyncio.timeout(TIMEOUT_S):
        sizes = [len(await call.read()) for _ in range(4)]
    call.cancel()
    assert sizes[0] <= 2_200
    assert all(after <= 2 * 2_048 << at for at, after in enumerate(sizes))
    assert sizes[3] > 8_192


async def test_executions_come_once_each_and_from_where_they_were(raw: RawClient) -> None:
    method = "gateway.v1.Executions/WatchExecutions"
    request = executions.WatchExecutionsRequest(account="A1", exec_types=["EXEC_TYPE_TRADE"])
    call = raw.watch(method, request.SerializeToString())
    await read(call, executions.WatchExecutionsResponse)
    await trade(raw, "first", 3)
    await trade(raw, "second", 4)
    seen: list[executions.Execution] = []
    resume_lsn = 0
    while len(seen) < 2:
        answer = await read(call, executions.WatchExecutionsResponse)
        seen += answer.executions
        resume_lsn = answer.resume_lsn
    call.cancel()
    assert [each.report.last_quantity for each in seen] == ["3", "4"]
    assert seen[0].lsn < seen[1].lsn <= resume_lsn
    again = executions.WatchExecutionsRequest(exec_types=["EXEC_TYPE_TRADE"], after_lsn=seen[0].lsn)
    call = raw.watch(method, again.SerializeToString())
    rest: list[executions.Execution] = []
    while not any(each.lsn == seen[1].lsn for each in rest):
        rest += (await read(call, executions.WatchExecutionsResponse)).executions
    call.cancel()
    assert all(each.lsn > seen[0].lsn for each in rest)
    listed = await raw.call(
        "gateway.v1.Executions/ListExecutions",
        executions.ListExecutionsRequest(account="A1", exec_types=["EXEC_TYPE_TRADE"]).SerializeToString(),
    )
    assert list(executions.ListExecutionsResponse.FromString(listed).executions) == seen[::-1]


async def test_positions_are_sent_as_they_are_and_whenever_they_change(
    raw: RawClient, channel: grpc.aio.Channel
) -> None:
    await trade(raw, "before", 3)
    method = "gateway.v1.Positions/WatchPositions"
    request = queries.WatchPositionsRequest(account="A1", strategy="test", instrument="OTHER")
    call = raw.watch(method, request.SerializeToString())

    async def until(net_quantity: str) -> int:
        """Read until the position is that, and the lsn that it is as of."""
        found = False
        while True:
            answer = await read(call, queries.WatchPositionsResponse)
            assert all(
                (each.account, each.strategy, each.instrument) == ("A1", "test", "OTHER")
                for each in answer.positions
            )
            found = found or any(each.net_quantity == net_quantity for each in answer.positions)
            if found and answer.as_of_lsn:
                return int(answer.as_of_lsn)

    first = await until("3")
    await trade(raw, "after", 4)
    assert await until("7") > first
    # Of an account that two clients trade, each sees what the other did.
    gamma = RawClient(channel, "gamma")
    for name, client, account, side in (("g-1", gamma, "A1", 1), ("g-2", raw, "A2", 2)):
        await client.submit(
            client_order_id=name, side=side, account=account, quantity="5", price="11.00", instrument="OTHER"
        )
    await until("12")
    call.cancel()


async def test_batch_is_decided_in_order_and_answered_as_the_stream_does(raw: RawClient) -> None:
    commands = [
        order_entry.Command(new_order=new_order("c-1")),
        order_entry.Command(new_order=new_order("c-2", quantity="5000")),
        order_entry.Command(
            replace=order_entry.ReplaceCommand(client_request_id="r-1", client_order_id="c-1", quantity="7")
        ),
        order_entry.Command(cancel=order_entry.CancelCommand(client_request_id="x-1", client_order_id="c-9")),
    ]
    request = order_entry.SendBatchRequest(commands=commands).SerializeToString()
    method = "gateway.v1.OrderEntry/SendBatch"
    first = order_entry.SendBatchResponse.FromString(await raw.call(method, request)).results
    assert [each.client_request_id for each in first] == ["c-1", "c-2", "r-1", "x-1"]
    assert [each.HasField("denial") for each in first][:2] == [False, True]
    assert (first[1].denial.limit_name, first[1].denial.observed, first[1].denial.allowed) == (
        "max_order_quantity",
        "5000",
        "1000",
    )
    again = order_entry.SendBatchResponse.FromString(await raw.call(method, request)).results
    assert [each.duplicate for each in again][:2] == [True, True]
    assert again[0].order_id == first[0].order_id
    too_many = order_entry.SendBatchRequest(commands=commands[:1] * 1025).SerializeToString()
    code, text = await raw.status(method, too_many)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "1024" in text
    assert trade_request(new_order("c-1")) == request[: len(trade_request(new_order("c-1")))]


async def test_mass_cancel_cancels_what_fits_and_harms_nothing_when_repeated(raw: RawClient) -> None:
    for name, instrument in (("a", "ACME"), ("b", "ACME"), ("c", "OTHER")):
        await raw.submit(client_order_id=name, instrument=instrument)
    await settled(raw, 3)
    request = order_entry.MassCancelRequest(instrument="ACME").SerializeToString()
    sent = []
    for _ in range(2):
        answer = await raw.call("gateway.v1.OrderEntry/MassCancel", request)
        sent.append(order_entry.MassCancelResponse.FromString(answer).cancels_sent)
    assert sent == [2, 0]
    listed = await raw.call(
        "gateway.v1.Orders/ListOrders", queries.ListOrdersRequest(instrument="OTHER").SerializeToString()
    )
    (order,) = queries.ListOrdersResponse.FromString(listed).orders
    assert order.leaves_quantity == "10"
