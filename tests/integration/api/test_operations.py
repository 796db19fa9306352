"""Operators' decisions and rare terms over the API: what is refused says why, and nothing has changed then."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import grpc
import pytest

from gateway.client import AsyncClient, DenialCode, OrderStatus, OrderTerms, OrderType, Side
from gateway.v1 import events_pb2 as events
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, Venue

ADJUST = "gateway.v1.Operations/AdjustPosition"
SPLIT = "gateway.v1.Operations/SplitPositions"
RESOLVE = "gateway.v1.Operations/ResolveOrder"


def adjustment(**changes: object) -> bytes:
    terms: dict[str, object] = {
        "kind": events.POSITION_ADJUSTMENT_KIND_START_OF_DAY,
        "account": "A1",
        "strategy": "desk",
        "instrument": "ACME",
        "quantity": "-25",
        "price": "10.5",
        "reason": "statement of the day before",
        **changes,
    }
    return operations.AdjustPositionRequest(**terms).SerializeToString()  # type: ignore[arg-type]


async def test_position_of_the_start_of_the_day_is_listed(raw: RawClient) -> None:
    answer = operations.AdjustPositionResponse.FromString(await raw.call(ADJUST, adjustment()))
    assert answer.lsn > 0
    listed = await raw.call(
        "gateway.v1.Positions/ListPositions", queries.ListPositionsRequest().SerializeToString()
    )
    (position,) = queries.ListPositionsResponse.FromString(listed).positions
    assert (position.strategy, position.net_quantity, position.average_price) == ("desk", "-25", "10.5")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"account": "A9"}, grpc.StatusCode.NOT_FOUND),
        ({"instrument": "NONE"}, grpc.StatusCode.NOT_FOUND),
        ({"reason": ""}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"kind": 0}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"quantity": "many"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"price": "-1"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"strategy": ""}, grpc.StatusCode.INVALID_ARGUMENT),
    ],
    ids=str,
)
async def test_adjustment_that_is_not_allowed_is_refused(
    raw: RawClient, changes: dict[str, object], status: grpc.StatusCode
) -> None:
    assert (await raw.status(ADJUST, adjustment(**changes)))[0] is status


def split(**changes: str) -> bytes:
    terms = {
        "instrument": "ACME",
        "new_units": "2",
        "old_units": "1",
        "split_id": "ACME 2:1",
        "reason": "corporate action",
        **changes,
    }
    return operations.SplitPositionsRequest(**terms).SerializeToString()


async def positions(raw: RawClient) -> dict[str, tuple[str, str]]:
    listed = await raw.call("gateway.v1.Positions/ListPositions", b"")
    found = queries.ListPositionsResponse.FromString(listed).positions
    return {each.strategy: (each.net_quantity, each.average_price) for each in found}


async def test_split_changes_every_position_of_the_instrument_once(raw: RawClient) -> None:
    await raw.call(ADJUST, adjustment())
    await raw.call(ADJUST, adjustment(strategy="other", account="A2", quantity="10", price="7"))
    await raw.call(ADJUST, adjustment(strategy="elsewhere", instrument="OTHER"))
    answer = operations.SplitPositionsResponse.FromString(await raw.call(SPLIT, split()))
    assert (answer.positions, answer.done_before) == (2, False)
    after = {"desk": ("-50", "5.25"), "other": ("20", "3.5"), "elsewhere": ("-25", "10.5")}
    assert await positions(raw) == after
    again = operations.SplitPositionsResponse.FromString(await raw.call(SPLIT, split()))
    assert (again.lsn, again.positions, again.done_before) == (0, 0, True)
    status, text = await raw.status(SPLIT, split(new_units="3"))
    assert status is grpc.StatusCode.FAILED_PRECONDITION
    assert "was used for another split" in text
    assert await positions(raw) == after


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"instrument": "NONE"}, grpc.StatusCode.NOT_FOUND),
        ({"instrument": "OTHER"}, grpc.StatusCode.FAILED_PRECONDITION),  # no position
        ({"new_units": "0"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"old_units": "-1"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"new_units": "100000000000"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"split_id": ""}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"reason": ""}, grpc.StatusCode.INVALID_ARGUMENT),
    ],
    ids=str,
)
async def test_split_that_is_not_allowed_changes_nothing(
    raw: RawClient, changes: dict[str, str], status: grpc.StatusCode
) -> None:
    await raw.call(ADJUST, adjustment())
    assert (await raw.status(SPLIT, split(**changes)))[0] is status
    assert await positions(raw) == {"desk": ("-25", "10.5")}


async def test_order_that_is_not_in_doubt_is_not_resolved(raw: RawClient) -> None:
    result = await raw.submit(client_order_id="c-1")
    request = operations.ResolveOrderRequest(
        order_id=result.order_id, outcome=types.ORDER_STATUS_CANCELED, reason="phone"
    )
    code, text = await raw.status(RESOLVE, request.SerializeToString())
    assert code in (grpc.StatusCode.FAILED_PRECONDITION,)
    assert "not in doubt" in text
    request.order_id = 999_999
    assert (await raw.status(RESOLVE, request.SerializeToString()))[0] is grpc.StatusCode.NOT_FOUND
    request.reason = ""
    assert (await raw.status(RESOLVE, request.SerializeToString()))[0] is grpc.StatusCode.INVALID_ARGUMENT


async def submit_three(client: AsyncClient) -> list[int]:
    orders = []
    for account, instrument in (("A1", "ACME"), ("A2", "ACME"), ("A1", "OTHER")):
        result = await client.submit(instrument, Side.BUY, 1, price="1.00", account=account)
        orders.append(result.raise_if_denied().order_id)
    return orders


async def test_cancel_orders_cancels_those_that_fit(client: AsyncClient) -> None:
    kept = await submit_three(client)
    assert await client.cancel_orders(account="A1", instrument="ACME") == 1
    await ended(client, kept[:1])
    assert [order.order_id for order in await client.list_orders(open_only=True)] == [kept[2], kept[1]]
    assert await client.cancel_orders() == 2
    await ended(client, kept)
    assert await client.cancel_orders() == 0


async def ended(client: AsyncClient, orders: list[int]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        for order_id in orders:
            # What another stream has done has no event here.
            while (await client.get_order(order_id=order_id)).status is not OrderStatus.CANCELED:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("asked", [True, False])
async def test_orders_are_canceled_with_the_last_stream_where_the_client_asked_for_it(
    venue: Venue, tmp_path: Path, asked: bool
) -> None:
    gateway = Gateway(tmp_path / "journal", venue.port)
    if asked:
        gateway.settings = replace(gateway.settings, cancel_on_disconnect={"alpha": 0.0})
    await gateway.start()
    try:
        async with AsyncClient(gateway.target, client="alpha", account="A1", strategy="test") as first:
            orders = await submit_three(first)
        # A second stream could be opened before the gateway has noticed the end of the first, and keep the orders.
        if asked:
            async with grpc.aio.insecure_channel(gateway.target) as channel:
                await RawClient(channel).canceled(orders)
        else:
            async with AsyncClient(gateway.target, client="alpha", track_orders=False) as second:
                assert len(await second.list_orders(open_only=True)) == 3
    finally:
        await gateway.stop()


async def test_order_with_rare_terms_shows_them(client: AsyncClient) -> None:
    terms = OrderTerms(stop_price=Decimal("95.5"))
    result = await client.submit(
        "ACME", Side.SELL, 10, price="95", order_type=OrderType.STOP_LIMIT, terms=terms
    )
    result.raise_if_denied()
    held = await client.get_order(order_id=result.order_id)
    assert (held.order_type, held.terms) == (OrderType.STOP_LIMIT, terms)


async def test_order_without_the_term_that_its_type_needs_is_denied(client: AsyncClient) -> None:
    result = await client.submit("ACME", Side.SELL, 10, order_type=OrderType.STOP)
    assert result.denial is not None
    assert (result.denial.code, result.denial.limit_name) == (DenialCode.MISSING_TERM, "stop_price")
