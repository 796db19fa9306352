"""The Trade stream: batches in, results and events out."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import grpc
import grpc.aio
import pytest

from gateway.client import AsyncClient, Side
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import (
    TIMEOUT_S,
    Gateway,
    RawClient,
    end_of,
    new_order,
    read_until,
    settled,
    trade_request,
)


async def test_batch_is_answered_in_order_with_denials_among_the_results(raw: RawClient) -> None:
    orders = [new_order(f"c-{number}") for number in range(64)]
    orders[10].instrument = "NOPE"
    orders[20].quantity = "0"
    orders[30].price = "12345678901234567890"
    orders[40].account = "B1"
    call = raw.trade()
    await call.write(trade_request(*orders))
    results = (await call.read()).results
    assert [result.client_request_id for result in results] == [f"c-{number}" for number in range(64)]
    assert {n: result.denial.code for n, result in enumerate(results) if result.HasField("denial")} == {
        10: types.DENIAL_CODE_UNKNOWN_INSTRUMENT,
        20: types.DENIAL_CODE_INVALID_QUANTITY,
        30: types.DENIAL_CODE_INVALID_PRICE,
        40: types.DENIAL_CODE_UNKNOWN_ACCOUNT,
    }
    call.cancel()


async def check_results_come_before_their_events(raw: RawClient) -> None:
    call = await raw.subscribed(None)
    answered: set[str] = set()
    seen: set[str] = set()
    for number in range(50):
        await call.write(trade_request(*(new_order(f"c-{number}-{at}") for at in range(4))))
    async with asyncio.timeout(TIMEOUT_S):
        while len(seen) < 200:
            response = await call.read()
            answered |= {result.client_request_id for result in response.results}
            seen |= {
                event.order_accepted.client_order_id
                for event in response.events
                if event.HasField("order_accepted")
            }
            assert seen <= answered
    call.cancel()


async def test_result_comes_before_or_with_its_events(raw: RawClient) -> None:
    await check_results_come_before_their_events(raw)


async def test_result_comes_before_or_with_its_events_also_where_commands_wait_for_a_disk(
    gateway: Gateway,
) -> None:
    await gateway.stop()
    gateway.durability = "disk"
    gateway.settings = replace(gateway.settings, blocking_commands=True)
    await gateway.start()
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        await check_results_come_before_their_events(RawClient(channel))


async def test_resume_from_every_lsn_gives_exactly_the_rest(raw: RawClient, gateway: Gateway) -> None:
    call = raw.trade()
    await call.write(trade_request(*(new_order(f"c-{number}") for number in range(20))))
    await call.read()
    newest = await settled(raw, 20)
    everything = await read_until(await raw.subscribed(0), newest)
    assert len(everything) >= 40
    lsns = [event.lsn for event in everything]
    assert lsns == sorted(set(lsns))
    for lsn in range(1, newest + 1):
        rest = await raw.subscribed(lsn)
        assert await read_until(rest, newest) == [event for event in everything if event.lsn > lsn]
        rest.cancel()


async def test_subscription_from_now_takes_in_the_commands_of_its_own_message(raw: RawClient) -> None:
    await raw.submit(client_order_id="before")
    request = order_entry.TradeRequest.FromString(trade_request(new_order("with")))
    request.subscription.from_now = True
    call = raw.trade()
    await call.write(request.SerializeToString())
    first = (await read_until(call, 1))[:1]
    while not first:
        first = list((await call.read()).events)
    assert first[0].order_accepted.client_order_id == "with"
    call.cancel()


async def test_subscription_ahead_of_the_journal_is_refused(raw: RawClient, gateway: Gateway) -> None:
    code, text = await end_of(await raw.subscribed(gateway.core.committed_lsn() + 1000))
    assert code is grpc.StatusCode.OUT_OF_RANGE
    assert "ListOrders" in text


async def test_idle_stream_sends_heartbeats_with_the_newest_lsn(raw: RawClient, gateway: Gateway) -> None:
    call = await raw.subscribed(None)
    async with asyncio.timeout(TIMEOUT_S):
        first = await call.read()
        gateway.core.set_reference_price("ACME", "11")
        beats = [await call.read() for _ in range(3)]
    assert first.resume_lsn > 0
    assert beats[-1].resume_lsn >= gateway.core.committed_lsn()
    assert not beats[-1].events
    call.cancel()


async def test_stream_without_subscription_ends_after_its_last_result(raw: RawClient) -> None:
    call = raw.trade()
    await call.write(trade_request(new_order("c-1")))
    await call.done_writing()
    assert [result.client_request_id for result in (await call.read()).results] == ["c-1"]
    assert await call.read() is grpc.aio.EOF
    assert await call.code() is grpc.StatusCode.OK


async def test_stream_with_subscription_goes_on_after_the_client_ended_its_side(raw: RawClient) -> None:
    call = await raw.subscribed(None)
    await call.done_writing()
    await call.read()
    result = await raw.submit(client_order_id="c-1")
    events = await read_until(call, result.lsn)
    assert result.lsn in [event.lsn for event in events]
    call.cancel()


async def test_client_sees_its_own_events_only(
    raw: RawClient, channel: grpc.aio.Channel, gateway: Gateway
) -> None:
    beta = RawClient(channel, "beta")
    await beta.submit(client_order_id="theirs", account="B1")
    result = await raw.submit(client_order_id="mine")
    events = await read_until(await raw.subscribed(0), result.lsn)
    accepted = [event.order_accepted.client_order_id for event in events if event.HasField("order_accepted")]
    assert accepted == ["mine"]


async def test_slow_subscriber_disturbs_nobody_and_misses_nothing(
    raw: RawClient, gateway: Gateway, client: AsyncClient
) -> None:
    small_window = [("grpc.use_local_subchannel_pool", 1), ("grpc.http2.bdp_probe", 0)]
    async with grpc.aio.insecure_channel(gateway.target, options=small_window) as channel:
        slow = await RawClient(channel).subscribed(0)  # and is not read
        brisk = await raw.subscribed(0)
        streams = raw.trade()
        for batch in range(40):
            orders = (new_order(f"c-{batch}-{number}", strategy="s" * 32) for number in range(100))
            await streams.write(trade_request(*orders))
            assert len((await streams.read()).results) == 100
        newest = await settled(raw, 4000)
        everything = await read_until(brisk, newest)
        assert not (await client.submit("ACME", Side.BUY, 10, price="5.00")).denied
        late = await read_until(slow, newest)
        assert [event for event in late if event.lsn <= newest] == everything
        slow.cancel()
        brisk.cancel()


async def test_stream_above_the_clients_limit_is_refused(raw: RawClient, gateway: Gateway) -> None:
    allowed = gateway.settings.streams_per_client_max
    calls = [await raw.subscribed(None) for _ in range(allowed)]
    for call in calls:
        await call.read()
    code, text = await end_of(await raw.subscribed(None))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert f"{allowed} streams open" in text
    calls.pop().cancel()
    async with asyncio.timeout(TIMEOUT_S):
        while True:  # the server learns of a cancel when it comes
            again = await raw.subscribed(None)
            with suppress(grpc.aio.AioRpcError):
                if (await again.read()).resume_lsn > 0:
                    break
            assert await again.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    for call in calls:
        call.cancel()


async def test_server_that_stops_ends_streams_with_unavailable(raw: RawClient, gateway: Gateway) -> None:
    subscribed, plain = await raw.subscribed(None), raw.trade()
    await subscribed.read()
    await plain.write(trade_request(new_order("c-1")))
    await plain.read()
    await gateway.stop()
    assert (await end_of(subscribed))[0] is grpc.StatusCode.UNAVAILABLE
    assert (await end_of(plain))[0] is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("streams", [1, 8])
async def test_pipelined_messages_are_all_answered_in_order(raw: RawClient, streams: int) -> None:
    async def run(stream: int) -> list[str]:
        call = raw.trade()
        for number in range(100):
            await call.write(trade_request(new_order(f"c-{stream}-{number}")))
        answered: list[str] = []
        while len(answered) < 100:
            answered += [result.client_request_id for result in (await call.read()).results]
        call.cancel()
        return answered

    answers = await asyncio.gather(*(run(stream) for stream in range(streams)))
    assert answers == [[f"c-{stream}-{number}" for number in range(100)] for stream in range(streams)]
