"""Failed calls say why to programs as well: google.rpc.Status in the trailing metadata."""

import asyncio
from dataclasses import replace

import grpc
import grpc.aio
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2

from gateway.v1 import audit_pb2 as audit
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import limits_pb2 as limits
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import risk_pb2 as risk
from gateway.v1 import sessions_pb2 as sessions
from tests.integration.api.support import METHODS_BY_PATH, TIMEOUT_S, Gateway, RawClient, end_of

NOW = Timestamp(seconds=1_795_000_000)
PAIR = {"from_currency": "EUR", "to_currency": "USD"}
RATE = events.RateSet(rate="1.1", as_of=NOW, **PAIR)
RATE_WITHOUT_TIME = events.RateSet(rate="1.1", **PAIR)

OK = grpc.StatusCode.OK
KEY = "grpc-status-details-bin"


def position(quantity: str) -> operations.StartOfDayPosition:
    return operations.StartOfDayPosition(
        account="A1", strategy="s", instrument="ACME", quantity=quantity, price="1"
    )


async def refused(raw: RawClient, method: str, request: Message) -> status_pb2.Status:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await raw.call(f"gateway.v1.{method}", request.SerializeToString())
    error = caught.value
    trailing = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(trailing[KEY])
    assert status.code == error.code().value[0]
    assert status.message == error.details()
    return status


def detail_of(status: status_pb2.Status, kind: type[Message]) -> Message:
    found = [detail for detail in status.details if detail.Is(kind.DESCRIPTOR)]
    assert len(found) == 1
    message = kind()
    assert found[0].Unpack(message)
    return message


async def test_reason_is_a_stable_name(raw: RawClient, channel: grpc.aio.Channel) -> None:
    for caller, method, request, reason in (
        (raw, "Orders/GetOrder", queries.GetOrderRequest(order_id=7), "NOT_FOUND"),
        (RawClient(channel, None), "Orders/ListOrders", queries.ListOrdersRequest(), "NO_IDENTITY"),
        (RawClient(channel, "nobody"), "Orders/ListOrders", queries.ListOrdersRequest(), "UNKNOWN_CLIENT"),
        (RawClient(channel, "gamma"), "Admin/GetHealth", queries.ListOrdersRequest(), "PERMISSION_DENIED"),
    ):
        info = detail_of(await refused(caller, method, request), error_details_pb2.ErrorInfo)
        assert isinstance(info, error_details_pb2.ErrorInfo)
        assert (info.reason, info.domain) == (reason, "gateway.v1")


async def test_field_that_is_wrong_is_named(raw: RawClient) -> None:
    for method, request, field in (
        ("Orders/ListOrders", queries.ListOrdersRequest(page_size=1001), "page_size"),
        ("Orders/ListOrders", queries.ListOrdersRequest(page_token="x"), "page_token"),
        ("Risk/SetTradingState", control.SetTradingStateRequest(level="firm"), "state"),
        (
            "MarketData/SetReferencePrices",
            control.SetReferencePricesRequest(prices=[control.ReferencePrice(instrument="ACME", price="x")]),
            "prices[0].price",
        ),
        (
            "Audit/QueryEvents",
            audit.QueryEventsRequest(filter=audit.EventFilter(kinds=["x"])),
            "filter.kinds[0]",
        ),
        (
            "Audit/QueryEvents",
            audit.QueryEventsRequest(filter={"from": Timestamp(seconds=-1)}),  # type: ignore[arg-type]
            "filter.from",
        ),
        ("MarketData/SetRates", control.SetRatesRequest(), "rates"),
        ("MarketData/SetRates", control.SetRatesRequest(rates=[RATE_WITHOUT_TIME]), "rates[0].as_of"),
        (
            "MarketData/SetRates",
            control.SetRatesRequest(rates=[RATE, events.RateSet(rate="x", as_of=NOW, **PAIR)]),
            "rates[1].rate",
        ),
        ("Risk/GrantOverride", limits.GrantOverrideRequest(reason="t"), "duration"),
        (
            "Risk/GrantOrderOverride",
            limits.GrantOrderOverrideRequest(duration=Duration(seconds=1), order={"client": "alpha"}),
            "reason",
        ),
        ("Risk/SetLimits", risk.SetLimitsRequest(limits=[risk.Limit(name="x")], reason="t"), "limits"),
        ("Risk/SetLimits", risk.SetLimitsRequest(expected_version=10**6, reason="t"), "expected_version"),
        (
            "Operations/LoadPositions",
            operations.LoadPositionsRequest(reason="t", positions=[position("5")]),
            "batch_id",
        ),
        ("Operations/LoadPositions", operations.LoadPositionsRequest(reason="t", batch_id="b"), "positions"),
        (
            "Operations/LoadPositions",
            operations.LoadPositionsRequest(
                reason="t", batch_id="b", positions=[position("5"), position("many")]
            ),
            "positions[1].quantity",
        ),
        (
            "Operations/SplitPositions",
            operations.SplitPositionsRequest(instrument="ACME", new_units="0", old_units="1", reason="t"),
            "new_units",
        ),
        (
            "Positions/SummarizePositions",
            queries.SummarizePositionsRequest(group_by=["POSITION_GROUP_ACCOUNT", 99]),  # type: ignore[list-item]
            "group_by[1]",
        ),
        (
            "Sessions/AddSession",
            sessions.AddSessionRequest(settings_yaml="name: [", note={"reason": "t"}),
            "settings_yaml",
        ),
    ):
        bad = detail_of(await refused(raw, method, request), error_details_pb2.BadRequest)
        assert isinstance(bad, error_details_pb2.BadRequest)
        assert [violation.field for violation in bad.field_violations] == [field]
        assert bad.field_violations[0].description


async def test_resume_point_that_is_gone_comes_with_what_there_is(raw: RawClient) -> None:
    call = await raw.subscribed(10**9)
    assert (await end_of(call))[0] is grpc.StatusCode.OUT_OF_RANGE
    status = status_pb2.Status.FromString(dict(await call.trailing_metadata())[KEY])
    info = detail_of(status, error_details_pb2.ErrorInfo)
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert info.reason == "RESUME_POINT_GONE"
    assert int(info.metadata["newest_lsn"]) >= int(info.metadata["oldest_lsn"]) > 0


async def test_too_many_streams_say_which_limit_and_one_that_ends_makes_room(
    gateway: Gateway, raw: RawClient
) -> None:
    server = gateway.serve(gateway.core, replace(gateway.settings, port=0, streams_per_client_max=2))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        client = RawClient(channel)
        path = "gateway.v1.MarketData/WatchQuotes"
        streams = [client.watch(path, b"") for _ in range(2)]
        for stream in streams:
            assert await stream.read()
        third = client.watch(path, b"")
        assert (await third.code()) is grpc.StatusCode.RESOURCE_EXHAUSTED
        status = status_pb2.Status.FromString(dict(await third.trailing_metadata())[KEY])
        info = detail_of(status, error_details_pb2.ErrorInfo)
        assert isinstance(info, error_details_pb2.ErrorInfo)
        assert (info.reason, dict(info.metadata)) == (
            "TOO_MANY_STREAMS",
            {"limit": "streams_per_client_max", "allowed": "2", "observed": "3"},
        )
        assert await client.first("gateway.v1.MarketData/ListQuotes", b"") is not None  # calls still pass
        streams[0].cancel()
        async with asyncio.timeout(TIMEOUT_S):
            # The server hears of the end in its own time, and tells nobody.
            while (await client.any_status(METHODS_BY_PATH[path], b""))[0] is not OK:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        streams[1].cancel()
    await server.stop()


async def test_too_many_calls_say_when_there_is_room_again(gateway: Gateway) -> None:
    server = gateway.serve(gateway.core, replace(gateway.settings, port=0, calls_per_second_max=2.0))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        client = RawClient(channel)
        for _ in range(4):  # twice as many after a pause
            await client.call("gateway.v1.Orders/ListOrders", b"")
        status = await refused(client, "Orders/ListOrders", queries.ListOrdersRequest())
    await server.stop()
    retry = detail_of(status, error_details_pb2.RetryInfo)
    assert isinstance(retry, error_details_pb2.RetryInfo)
    assert 0 < retry.retry_delay.ToNanoseconds() <= 500_000_000
    info = detail_of(status, error_details_pb2.ErrorInfo)
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert (info.reason, dict(info.metadata)) == (
        "TOO_MANY_CALLS",
        {"limit": "calls_per_second_max", "allowed": "2"},
    )
