"""Who called from where, when and for what stands in the journal; a flood does not fill it."""

import asyncio
import threading
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, cast

import grpc
import grpc.aio
import pytest
from google.protobuf.message import Message

from gateway.core import _core
from gateway.v1 import audit_pb2 as audit
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import order_entry_pb2 as order_entry
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, end_of, new_order, trade_request

HALT = control.SetTradingStateRequest(level="firm", state=events.TRADING_STATE_ACTIVE, reason="test")


async def recorded(raw: RawClient, kind: str, **wanted: Any) -> list[Any]:
    """Records of a kind, oldest first."""
    request = audit.QueryEventsRequest(
        filter=audit.EventFilter(kinds=[kind], **wanted), oldest_first=True, page_size=1000
    )
    data = await raw.call("gateway.v1.Audit/QueryEvents", request.SerializeToString())
    return [getattr(event, kind) for event in audit.QueryEventsResponse.FromString(data).events]


async def do(raw: RawClient, method: str, request: Message) -> tuple[grpc.StatusCode, str]:
    return await raw.status(f"gateway.v1.{method}", request.SerializeToString())


async def test_change_is_recorded_with_who_from_where_and_what(raw: RawClient) -> None:
    await do(raw, "Risk/SetTradingState", HALT)
    await raw.call("gateway.v1.Orders/ListOrders", b"")
    (call,) = await recorded(raw, "api_called")
    assert (call.client, call.method, call.status) == ("alpha", "gateway.v1.Risk.SetTradingState", "OK")
    assert call.peer.startswith("ipv4:127.0.0.1:")
    assert 'level: "firm"' in call.request
    assert await recorded(raw, "api_called", client="alpha")
    assert not await recorded(raw, "api_called", client="gamma")


async def test_refused_change_and_missing_right_are_recorded(
    raw: RawClient, shared: RawClient, channel: grpc.aio.Channel
) -> None:
    await do(shared, "Risk/SetTradingState", HALT)
    await do(raw, "Operations/ResolveOrder", operations.ResolveOrderRequest(order_id=9, reason="t"))
    await do(RawClient(channel, "nobody"), "Orders/ListOrders", control.ListTradingStatesRequest())
    calls = await recorded(raw, "api_called")
    assert [(call.client, call.status) for call in calls] == [
        ("gamma", "PERMISSION_DENIED"),
        ("alpha", "NOT_FOUND"),
        ("", "UNAUTHENTICATED"),
    ]
    assert all(call.reason for call in calls)


async def test_flood_of_refused_calls_is_counted(raw: RawClient, shared: RawClient) -> None:
    for _ in range(200):
        await do(shared, "Risk/SetTradingState", HALT)
    await do(raw, "Risk/SetTradingState", HALT)
    calls = await recorded(raw, "api_called")
    assert len(calls) < 150
    assert sum(call.unrecorded for call in calls) + len(calls) == 201


async def test_connections_that_send_commands_are_recorded(raw: RawClient) -> None:
    await raw.submit(client_order_id="one")
    await raw.submit(client_order_id="two")
    call = raw.trade()
    await call.write(trade_request(new_order("three")))
    await call.read()
    await call.done_writing()
    assert (await end_of(call))[0] is grpc.StatusCode.OK
    (connected,) = await recorded(raw, "client_connected")
    assert (connected.client, connected.identity) == ("alpha", "name")
    (ended,) = await recorded(raw, "client_disconnected")
    assert ended.peer == connected.peer


@pytest.mark.parametrize("blocking", [False, True], ids=["on the loop", "on threads"])
async def test_orders_of_one_client_from_several_connections_are_told_apart(
    gateway: Gateway, blocking: bool
) -> None:
    await gateway.stop()
    gateway.settings = replace(gateway.settings, blocking_commands=blocking, streams_per_client_max=1_000)
    await gateway.start()
    connections = 4
    async with AsyncExitStack() as open_channels:
        raws = []
        for _ in range(connections):
            channel = grpc.aio.insecure_channel(
                gateway.target, options=[("grpc.use_local_subchannel_pool", 1)]
            )
            raws.append(RawClient(await open_channels.enter_async_context(channel)))
        calls = []
        for number in range(50):
            for at, raw in enumerate(raws):
                calls.append(raw.submit(client_order_id=f"{at}-unary-{number}"))
                calls.append(stream_one(raw, f"{at}-stream-{number}"))
                if number % 10 == 0:
                    calls.append(mass_cancel(raw))
        await asyncio.gather(*calls)
        came_from: dict[str, set[str]] = {}
        peer = ""
        for event in await all_recorded(raws[0], ["client_connected", "order_accepted"]):
            if event.HasField("client_connected"):
                peer = event.client_connected.peer
            else:
                who = event.order_accepted.client_order_id.partition("-")[0]
                came_from.setdefault(who, set()).add(peer)
    assert sorted(came_from) == [str(at) for at in range(connections)]
    assert all(len(peers) == 1 for peers in came_from.values()), came_from
    assert len(set.union(*came_from.values())) == connections


async def stream_one(raw: RawClient, client_order_id: str) -> None:
    call = raw.trade()
    await call.write(trade_request(new_order(client_order_id)))
    await call.read()
    await call.done_writing()
    await end_of(call)


async def mass_cancel(raw: RawClient) -> None:
    request = order_entry.MassCancelRequest(account="A1", strategy="none of this name")
    await raw.call("gateway.v1.OrderEntry/MassCancel", request.SerializeToString())


async def all_recorded(raw: RawClient, kinds: list[str]) -> list[events.Event]:
    found: list[events.Event] = []
    token = ""
    while True:
        request = audit.QueryEventsRequest(
            filter=audit.EventFilter(kinds=kinds), oldest_first=True, page_size=1000, page_token=token
        )
        data = await raw.call("gateway.v1.Audit/QueryEvents", request.SerializeToString())
        page = audit.QueryEventsResponse.FromString(data)
        found += page.events
        token = page.next_page_token
        if not token:
            return found


async def test_calls_of_a_client_with_other_accounts_are_not_shown(
    raw: RawClient, channel: grpc.aio.Channel
) -> None:
    beta = RawClient(channel, "beta")
    await do(beta, "Risk/SetTradingState", HALT)
    assert await recorded(raw, "api_called") == []
    assert [call.client for call in await recorded(beta, "api_called")] == ["beta"]


async def test_client_that_calls_too_often_is_told_to_wait_and_others_are_not(
    gateway: Gateway, raw: RawClient
) -> None:
    await gateway.stop()
    gateway.settings = replace(gateway.settings, calls_per_second_max=5.0)
    await gateway.start()
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        client, other = RawClient(channel), RawClient(channel, "beta")
        request = control.ListTradingStatesRequest()
        codes = [(await do(client, "Risk/ListTradingStates", request))[0] for _ in range(40)]
        assert codes[:10] == [grpc.StatusCode.OK] * 10
        assert codes[-1] is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await do(other, "Risk/ListTradingStates", request))[0] is grpc.StatusCode.OK


class SlowCore:
    """A core whose next change of a trading state waits until it is let go."""

    def __init__(self, core: object) -> None:
        self._core = core
        self.began = threading.Event()
        self.go_on = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def set_trading_state(self, *asked: Any) -> Any:
        self.began.set()
        assert self.go_on.wait(TIMEOUT_S)
        return self._core.set_trading_state(*asked)  # type: ignore[attr-defined]


@pytest.mark.parametrize("ending", ["canceled", "deadline passed"])
async def test_change_whose_caller_is_gone_is_made_and_recorded_once(
    gateway: Gateway, raw: RawClient, ending: str
) -> None:
    core = SlowCore(gateway.core)
    server = gateway.serve(cast(_core.Gateway, core), replace(gateway.settings, port=0))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        caller = RawClient(channel)
        timeout_s = TIMEOUT_S if ending == "canceled" else 0.2
        path = "gateway.v1.Risk/SetTradingState"
        call = asyncio.create_task(caller.call(path, HALT.SerializeToString(), timeout_s))
        assert await asyncio.to_thread(core.began.wait, TIMEOUT_S)
        if ending == "canceled":
            call.cancel()
        with pytest.raises((asyncio.CancelledError, grpc.aio.AioRpcError)):
            await call
        # What it sends after the cancellation comes after it.
        assert (await do(caller, "Risk/ListTradingStates", control.ListTradingStatesRequest()))[1] == ""
        core.go_on.set()
    await server.stop()
    (recorded_call,) = await recorded(raw, "api_called")
    assert (recorded_call.method, recorded_call.status) == ("gateway.v1.Risk.SetTradingState", "OK")
    (state,) = await recorded(raw, "trading_state_changed")
    assert state.level == "firm"


async def test_prices_of_which_some_were_set_are_recorded_every_time(raw: RawClient) -> None:
    prices = [
        control.ReferencePrice(instrument="OTHER", price="20"),
        control.ReferencePrice(instrument="ACME", price="nothing"),
    ]
    for _ in range(80):  # more than a flood of refusals is recorded of
        request = control.SetReferencePricesRequest(prices=prices)
        code, _text = await do(raw, "MarketData/SetReferencePrices", request)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert len(await recorded(raw, "reference_price_set")) == 80
    assert len(await recorded(raw, "api_called")) == 80


async def test_flood_of_strangers_does_not_hide_a_client_without_the_right(
    raw: RawClient, shared: RawClient, channel: grpc.aio.Channel
) -> None:
    stranger = RawClient(channel, "nobody")
    for _ in range(100):
        await do(stranger, "Orders/ListOrders", control.ListTradingStatesRequest())
    await do(shared, "Risk/SetTradingState", HALT)
    calls = await recorded(raw, "api_called")
    assert [call.client for call in calls if call.status == "PERMISSION_DENIED"] == ["gamma"]
