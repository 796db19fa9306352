"""A mass cancel among other commands: over the stream, in batches, by rights, and repeated."""

import asyncio
from decimal import Decimal

import grpc

from gateway.client import AsyncClient, Cancel, MassCancel, MassCancelTaken, NewOrder, OrderStatus, Side
from gateway.v1 import order_entry_pb2 as order_entry
from tests.integration.api.relay import Relay
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, new_order


def mass_cancel(name: str, **which: str) -> order_entry.Command:
    return order_entry.Command(mass_cancel=order_entry.MassCancelCommand(client_request_id=name, **which))


async def send(raw: RawClient, *commands: order_entry.Command) -> list[order_entry.CommandResult]:
    request = order_entry.SendBatchRequest(commands=commands)
    answer = await raw.call("gateway.v1.OrderEntry/SendBatch", request.SerializeToString())
    return list(order_entry.SendBatchResponse.FromString(answer).results)


async def test_stream_takes_a_mass_cancel_in_its_turn(raw: RawClient) -> None:
    call = raw.trade()
    commands = [
        order_entry.Command(new_order=new_order("m-1", price="9.00", instrument="OTHER")),
        mass_cancel("x-1", account="A1"),
        order_entry.Command(new_order=new_order("m-2", price="9.00", instrument="OTHER")),
    ]
    await call.write(order_entry.TradeRequest(commands=commands).SerializeToString())
    async with asyncio.timeout(TIMEOUT_S):
        before, canceled, after = (await call.read()).results
    assert (canceled.cancels_sent, canceled.order_id, canceled.cl_ord_id) == (1, 0, "")
    assert before.lsn < canceled.lsn < after.lsn
    call.cancel()
    (again,) = await send(raw, mass_cancel("x-1", account="A1"))
    assert (again.duplicate, again.cancels_sent, again.lsn) == (True, 1, canceled.lsn)


async def test_others_orders_are_not_reached_and_do_not_show(
    raw: RawClient, channel: grpc.aio.Channel
) -> None:
    beta = RawClient(channel, "beta")
    theirs = await beta.submit(client_order_id="theirs", account="B1", price="9.00", instrument="OTHER")
    theirs_named, nobodys, all_mine = await send(
        raw, mass_cancel("x-1", account="B1"), mass_cancel("x-2", account="B9"), mass_cancel("x-3")
    )
    assert [each.cancels_sent for each in (theirs_named, nobodys, all_mine)] == [0, 0, 0]
    assert not any(each.HasField("denial") for each in (theirs_named, nobodys, all_mine))
    (canceled,) = await send(beta, mass_cancel("x-1"))
    assert canceled.cancels_sent == 1
    assert canceled.lsn > theirs.lsn


async def test_client_that_is_cut_off_cancels_once_what_came_before(gateway: Gateway) -> None:
    async with (
        Relay(gateway.port) as relay,
        AsyncClient(relay.target, client="alpha", account="A1", strategy="t") as client,
        client.events() as events,
    ):
        order = NewOrder(instrument="OTHER", side=Side.BUY, quantity=1, price=Decimal("9.00"))
        relay.cut_at_next_answer()
        results = await client.submit_many([order, order, MassCancel(), order])
        assert [result.denied for result in results] == [False] * 4
        assert results[2].cancels_sent == 2
        for result in results[:2]:
            ended = await client.wait_done(result.client_request_id, TIMEOUT_S)
            assert ended.status is OrderStatus.CANCELED
        kept = client.order(results[3].client_request_id)
        await kept.wait(lambda each: each.status is OrderStatus.NEW, TIMEOUT_S)
        (last,) = await client.submit_many([Cancel(client_order_id=kept.client_order_id)])
        taken = []
        async with asyncio.timeout(TIMEOUT_S):
            async for event in events:
                if isinstance(event, MassCancelTaken):
                    taken.append(event)
                if event.lsn >= last.lsn:
                    break
    assert [(each.client, each.cancels_sent, each.lsn) for each in taken] == [("alpha", 2, results[2].lsn)]
