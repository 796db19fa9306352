"""Failed calls say why to programs as well: google.rpc.Status in the trailing metadata."""

import grpc
import grpc.aio
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from gateway.v1 import audit_pb2 as audit
from gateway.v1 import control_pb2 as control
from gateway.v1 import queries_pb2 as queries
from tests.integration.api.support import RawClient, end_of

KEY = "grpc-status-details-bin"


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
            "kinds[0]",
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
