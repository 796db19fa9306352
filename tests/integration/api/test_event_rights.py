"""Which events reach a reader, over the stream of orders."""

from collections.abc import AsyncIterator
from dataclasses import replace

import grpc
import grpc.aio
import pytest

from gateway.api import ApiServer, ClientAccess, create_server
from gateway.api.rights import DEFAULT_RIGHTS
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from tests.integration.api.support import Gateway, RawClient, end_of, read_until, settled


@pytest.fixture
async def narrow(gateway: Gateway) -> AsyncIterator[RawClient]:
    """Alpha as it is after its strategies were narrowed to `mine`."""
    access = ClientAccess(accounts=frozenset({"A1"}), rights=DEFAULT_RIGHTS, strategies=frozenset({"mine"}))
    clients = {**gateway.settings.clients, "alpha": access}
    server: ApiServer = create_server(gateway.core, replace(gateway.settings, port=0, clients=clients))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        yield RawClient(channel)
    await server.stop()


async def halt(raw: RawClient, level: str) -> int:
    request = control.SetTradingStateRequest(level=level, state=events.TRADING_STATE_HALTED, reason="t")
    answer = await raw.call("gateway.v1.Risk/SetTradingState", request.SerializeToString())
    return control.SetTradingStateResponse.FromString(answer).lsn


async def test_events_of_strategies_and_accounts_that_are_not_the_clients_any_more_stay_away(
    raw: RawClient, narrow: RawClient
) -> None:
    kept = await raw.submit(client_order_id="kept", account="A1", strategy="mine")
    await raw.submit(client_order_id="other strategy", account="A1", strategy="other")
    await raw.submit(client_order_id="other account", account="A2", strategy="mine")
    await raw.submit(client_order_id="denied", account="A1", strategy="mine", quantity="5000")
    lsn = await settled(raw, 3)
    seen = await read_until(await narrow.subscribed(0), lsn)
    orders = {event.execution_reported.order_id for event in seen if event.HasField("execution_reported")}
    assert orders == {kept.order_id}
    accepted = [event.order_accepted.client_order_id for event in seen if event.HasField("order_accepted")]
    assert accepted == ["kept"]
    assert [event.order_denied.client_order_id for event in seen if event.HasField("order_denied")] == [
        "denied"
    ]
    everything = await read_until(await raw.subscribed(0), lsn)
    assert len([event for event in everything if event.HasField("order_accepted")]) == 3


async def test_halts_reach_those_whom_they_concern(
    raw: RawClient, narrow: RawClient, channel: grpc.aio.Channel
) -> None:
    beta = RawClient(channel, "beta")
    await halt(beta, "account:B1")
    await halt(raw, "account:A1")
    await halt(raw, "client:beta")
    await halt(raw, "instrument:OTHER")
    lsn = await halt(raw, "venue:SIM")

    async def levels(reader: RawClient) -> list[str]:
        found = await read_until(await reader.subscribed(0), lsn)
        return [
            event.trading_state_changed.level for event in found if event.HasField("trading_state_changed")
        ]

    assert await levels(narrow) == ["account:A1", "instrument:OTHER", "venue:SIM"]
    assert await levels(raw) == ["account:A1", "client:beta", "instrument:OTHER", "venue:SIM"]
    assert await levels(beta) == ["account:B1", "client:beta", "instrument:OTHER", "venue:SIM"]


async def test_sessions_and_prices_reach_everyone_and_callers_nobody(
    raw: RawClient, narrow: RawClient
) -> None:
    lsn = (await raw.submit(client_order_id="c", strategy="mine")).lsn
    kinds = {event.WhichOneof("body") for event in await read_until(await narrow.subscribed(0), lsn)}
    assert "session_changed" in kinds
    assert not kinds & {"client_connected", "api_called", "name_registered", "gateway_started"}


async def test_subscription_sends_what_it_asks_for(raw: RawClient) -> None:
    one = await raw.submit(client_order_id="one", account="A1", instrument="ACME", strategy="s1")
    await raw.submit(client_order_id="two", account="A2", instrument="OTHER", strategy="s2")
    lsn = await settled(raw, 2)
    for wanted in ({"accounts": ["A1"]}, {"instruments": ["ACME"]}, {"strategies": ["s1", "s3"]}):
        found = await read_until(await raw.subscribed(0, **wanted), lsn)
        assert {event.WhichOneof("body") for event in found} == {"order_accepted", "execution_reported"}
        ids = {event.execution_reported.order_id for event in found if event.HasField("execution_reported")}
        assert ids == {one.order_id}
    found = await read_until(await raw.subscribed(0, kinds=["order_accepted"]), lsn)
    assert [event.order_accepted.client_order_id for event in found] == ["one", "two"]
    code, text = await end_of(await raw.subscribed(0, kinds=["nonsense"]))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "nonsense" in text


async def test_stream_that_asks_for_it_cancels_when_it_ends(raw: RawClient) -> None:
    order = await raw.submit(client_order_id="rests")
    await settled(raw, 1)
    kept = await raw.subscribed(None, cancel_on_disconnect=True, cancel_grace_ms=600_000)
    await kept.read()
    kept.cancel()
    call = await raw.subscribed(None, cancel_on_disconnect=True)
    await call.read()
    call.cancel()
    await raw.canceled([order.order_id])


async def test_cancel_on_disconnect_needs_the_right_and_a_possible_time(
    raw: RawClient, narrow: RawClient
) -> None:
    code, _ = await end_of(await raw.subscribed(None, cancel_grace_ms=600_001))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    call = await narrow.subscribed(None, cancel_on_disconnect=True)
    assert (await call.read()).resume_lsn > 0
    call.cancel()
