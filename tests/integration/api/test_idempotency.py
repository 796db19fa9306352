"""One client_order_id, one order: however often, over whichever call, before and after a restart."""

import asyncio
from collections import Counter

import grpc.aio

from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, Venue, new_order, trade_request


async def submit_1000_times(raw: RawClient) -> list[order_entry.CommandResult]:
    """500 by unary calls, 500 over ten streams, all at once."""

    async def over_a_stream() -> list[order_entry.CommandResult]:
        call = raw.trade()
        for _ in range(10):
            await call.write(trade_request(*[new_order("once")] * 5))
        results: list[order_entry.CommandResult] = []
        while len(results) < 50:
            results += (await call.read()).results
        call.cancel()
        return results

    async with asyncio.timeout(TIMEOUT_S):
        unary = asyncio.gather(*(raw.submit(client_order_id="once") for _ in range(500)))
        streams = asyncio.gather(*(over_a_stream() for _ in range(10)))
        return [*await unary, *(result for results in await streams for result in results)]


def answers(results: list[order_entry.CommandResult]) -> Counter[tuple[int, str, int, bool]]:
    return Counter(
        (result.order_id, result.cl_ord_id, result.lsn, result.HasField("denial")) for result in results
    )


async def test_same_id_1000_times_in_parallel_is_one_order_also_after_a_restart(
    raw: RawClient, gateway: Gateway, venue: Venue
) -> None:
    before = await submit_1000_times(raw)
    assert len(before) == 1000
    assert len(answers(before)) == 1
    assert sum(not result.duplicate for result in before) == 1
    await gateway.stop()
    await gateway.start()
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        after = await submit_1000_times(RawClient(channel))
    assert answers(after) == answers(before)
    assert all(result.duplicate for result in after)
    assert list(venue.new_order_arrivals(gateway.comp_id).values()) == [1]


async def test_same_id_with_other_content_is_denied_and_the_first_order_stands(
    raw: RawClient, gateway: Gateway, venue: Venue
) -> None:
    first = await raw.submit(client_order_id="once", quantity="10")
    other = await raw.submit(client_order_id="once", quantity="11")
    assert other.denial.code == types.DENIAL_CODE_CLIENT_REQUEST_ID_REUSED
    again = await raw.submit(client_order_id="once", quantity="10")
    assert (again.order_id, again.duplicate) == (first.order_id, True)
    order = types.Order.FromString(gateway.core.order("alpha", first.order_id, "") or b"")
    assert order.quantity == "10"


async def test_same_id_of_another_client_is_another_order(raw: RawClient, channel: grpc.aio.Channel) -> None:
    mine = await raw.submit(client_order_id="once")
    theirs = await RawClient(channel, "beta").submit(client_order_id="once", account="B1")
    assert not theirs.duplicate
    assert theirs.order_id != mine.order_id


async def test_denied_order_submitted_again_gets_the_same_denial(raw: RawClient) -> None:
    first = await raw.submit(client_order_id="big", quantity="5000")
    again = await raw.submit(client_order_id="big", quantity="5000")
    assert first.denial.code == types.DENIAL_CODE_MAX_ORDER_QUANTITY
    assert (again.denial, again.duplicate) == (first.denial, True)
