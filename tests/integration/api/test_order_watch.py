"""WatchOrders: orders as they are, then each change, nothing missed and nothing twice."""

import asyncio
from typing import Any

import grpc
import grpc.aio

from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, end_of, settled

METHOD = "gateway.v1.Orders/WatchOrders"


class Watch:
    """Reads a stream of orders and keeps every version of each."""

    def __init__(self, raw: RawClient, **terms: Any) -> None:
        self.call = raw.watch(METHOD, queries.WatchOrdersRequest(**terms).SerializeToString())
        self.versions: dict[str, list[types.Order]] = {}
        self.resume_lsn = 0

    async def read(self) -> queries.WatchOrdersResponse:
        async with asyncio.timeout(TIMEOUT_S):
            answer = queries.WatchOrdersResponse.FromString(await self.call.read())
        for order in answer.orders:
            self.versions.setdefault(order.client_order_id, []).append(order)
        self.resume_lsn = max(self.resume_lsn, answer.resume_lsn)
        return answer

    async def until(self, lsn: int) -> None:
        while self.resume_lsn < lsn:
            await self.read()

    def statuses(self, name: str) -> list[int]:
        return [order.status for order in self.versions[name]]


async def cancel(raw: RawClient, name: str) -> int:
    request = order_entry.CancelOrderRequest(
        cancel=order_entry.CancelCommand(client_request_id=f"x-{name}", client_order_id=name)
    )
    answer = await raw.call("gateway.v1.OrderEntry/CancelOrder", request.SerializeToString())
    return order_entry.CancelOrderResponse.FromString(answer).result.lsn


async def canceled_lsn(raw: RawClient, name: str) -> int:
    request = queries.GetOrderRequest(client_order_id=name).SerializeToString()
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            answer = await raw.call("gateway.v1.Orders/GetOrder", request)
            order = queries.GetOrderResponse.FromString(answer).order
            if order.status == types.ORDER_STATUS_CANCELED:
                return order.lsn
            await asyncio.sleep(0.01)


async def test_watch_begins_with_what_is_there_and_goes_on_with_changes(raw: RawClient) -> None:
    await raw.submit(client_order_id="before")
    await settled(raw, 1)
    watch = Watch(raw)
    first = await watch.read()
    assert first.snapshot
    assert [order.client_order_id for order in first.orders] == ["before"]
    await raw.submit(client_order_id="after")
    await cancel(raw, "before")
    await watch.until(await canceled_lsn(raw, "before"))
    assert watch.statuses("before")[0] == types.ORDER_STATUS_NEW
    assert watch.statuses("before")[-1] == types.ORDER_STATUS_CANCELED
    assert watch.versions["after"]
    watch.call.cancel()


async def test_no_change_is_sent_twice_nor_out_of_order(raw: RawClient) -> None:
    watch = Watch(raw)
    await watch.read()
    for number in range(30):
        await raw.submit(client_order_id=f"c-{number}")
    lsn = await settled(raw, 30)
    await watch.until(lsn)
    assert len(watch.versions) == 30
    for versions in watch.versions.values():
        lsns = [order.lsn for order in versions]
        assert lsns == sorted(set(lsns))
        assert versions[-1].status == types.ORDER_STATUS_NEW
    watch.call.cancel()


async def test_watch_resumes_where_it_was(raw: RawClient) -> None:
    await raw.submit(client_order_id="one")
    lsn = await settled(raw, 1)
    await raw.submit(client_order_id="two")
    newest = await settled(raw, 2)
    watch = Watch(raw, after_lsn=lsn)
    await watch.until(newest)
    assert list(watch.versions) == ["two"]
    watch.call.cancel()


async def test_open_only_begins_without_ended_orders_and_tells_of_the_end(raw: RawClient) -> None:
    for name in ("ended", "open"):
        await raw.submit(client_order_id=name)
    await settled(raw, 2)
    await cancel(raw, "ended")
    await canceled_lsn(raw, "ended")
    watch = Watch(raw, open_only=True)
    first = await watch.read()
    assert [order.client_order_id for order in first.orders] == ["open"]
    await cancel(raw, "open")
    await watch.until(await canceled_lsn(raw, "open"))
    assert watch.statuses("open")[-1] == types.ORDER_STATUS_CANCELED
    watch.call.cancel()


async def test_watch_sends_what_fits_and_nothing_of_others(raw: RawClient, channel: grpc.aio.Channel) -> None:
    watch = Watch(raw, account="A1", instrument="ACME", strategy="test")
    await watch.read()
    beta = RawClient(channel, "beta")
    await beta.submit(client_order_id="beta's", account="B1")
    await raw.submit(client_order_id="other account", account="A2")
    await raw.submit(client_order_id="other instrument", instrument="OTHER")
    await raw.submit(client_order_id="other strategy", strategy="s2")
    last = await raw.submit(client_order_id="fits")
    await watch.until(last.lsn)
    assert list(watch.versions) == ["fits"]
    watch.call.cancel()


async def test_watch_is_never_silent_for_longer_than_a_heartbeat(raw: RawClient) -> None:
    watch = Watch(raw)
    first, second, third = [await watch.read() for _ in range(3)]
    assert first.snapshot
    assert not second.snapshot
    assert third.resume_lsn >= second.resume_lsn > 0
    watch.call.cancel()


async def test_resume_point_of_another_journal_is_out_of_range(raw: RawClient) -> None:
    watch = Watch(raw, after_lsn=10**9)
    assert (await end_of(watch.call))[0] is grpc.StatusCode.OUT_OF_RANGE


async def test_watches_count_as_streams_of_the_client(gateway: Gateway, raw: RawClient) -> None:
    watches = [Watch(raw) for _ in range(gateway.settings.streams_per_client_max)]
    for watch in watches:
        await watch.read()
    code, text = await end_of(Watch(raw).call)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "streams" in text
    watches.pop().call.cancel()
    assert not (await raw.submit(client_order_id="still")).HasField("denial")
    for watch in watches:
        watch.call.cancel()


async def test_watch_ends_when_the_rights_change(gateway: Gateway, raw: RawClient) -> None:
    watch = Watch(raw)
    await watch.read()
    assert gateway.server is not None
    gateway.server.replace_clients({"beta": gateway.settings.clients["beta"]})
    assert (await end_of(watch.call))[0] is grpc.StatusCode.UNAVAILABLE
    gateway.server.replace_clients(gateway.settings.clients)
