"""Every method of the proto x every right x own and foreign accounts, over a running gateway.

The methods come from the descriptors: one that is new fails here until it has a row in FOREIGN.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import message_factory

from gateway.api import ApiServer, ClientAccess, create_server
from gateway.api.rights import ALL_RIGHTS, METHOD_RIGHTS
from gateway.v1 import (
    audit_pb2,
    control_pb2,
    events_pb2,
    executions_pb2,
    limits_pb2,
    operations_pb2,
    order_entry_pb2,
    queries_pb2,
)
from tests.integration.api.support import Gateway, RawClient, end_of, new_order, trade_request
from tests.support.methods import METHODS, method_path

ONE_REQUEST = [method for method in METHODS if not method.client_streaming]
MakeClient = Callable[..., Awaitable[RawClient]]
ALPHA = frozenset({"A1", "A2"})


@pytest.fixture
async def limited(gateway: Gateway) -> AsyncIterator[MakeClient]:
    """Gives a caller that is alpha with other rights, on a server of its own over the same core."""
    servers: list[ApiServer] = []
    channels: list[grpc.aio.Channel] = []

    async def make(*rights: str, strategies: frozenset[str] = frozenset()) -> RawClient:
        access = ClientAccess(accounts=ALPHA, rights=frozenset(rights), strategies=strategies)
        beta = gateway.settings.clients["beta"]
        settings = replace(gateway.settings, port=0, clients={"alpha": access, "beta": beta})
        server = create_server(gateway.core, settings)
        servers.append(server)
        channels.append(grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}"))
        return RawClient(channels[-1])

    yield make
    for channel in channels:
        await channel.close()
    for server in servers:
        await server.stop()


@pytest.mark.parametrize("right", [*sorted(ALL_RIGHTS), "none"])
async def test_method_is_refused_exactly_where_the_right_is_missing(limited: MakeClient, right: str) -> None:
    raw = await limited(*ALL_RIGHTS & {right})
    for method in ONE_REQUEST:
        # Empty requests: whoever may call is told what is missing in them, or gets an empty answer.
        code, text = await raw.any_status(method, b"")
        allowed = right in METHOD_RIGHTS[method.full_name]
        assert (code is not grpc.StatusCode.PERMISSION_DENIED) is allowed, (method.full_name, code, text)
        assert code is not grpc.StatusCode.INTERNAL, (method.full_name, text)


async def test_stream_takes_from_each_what_it_may_send(limited: MakeClient) -> None:
    for right in ("read", "trade", "cancel", "risk", "admin"):
        raw = await limited(right)
        call = raw.trade()
        with suppress(
            grpc.aio.AioRpcError, asyncio.InvalidStateError
        ):  # it may be refused before it is written
            await call.write(trade_request(new_order(f"by-{right}")))
            await call.done_writing()
        code, text = await end_of(call)
        assert (code is grpc.StatusCode.OK) is (right == "trade"), (right, text)
        call = await raw.subscribed(0)
        if right == "read":
            assert (await call.read()).resume_lsn > 0
            call.cancel()
        else:
            assert (await end_of(call))[0] is grpc.StatusCode.PERMISSION_DENIED


async def test_order_of_a_strategy_that_is_not_the_clients_reaches_nobody(limited: MakeClient) -> None:
    raw = await limited(*ALL_RIGHTS, strategies=frozenset({"mine"}))
    request = order_entry_pb2.SubmitOrderRequest(order=new_order("s-1", strategy="other"))
    code, _ = await raw.status("gateway.v1.OrderEntry/SubmitOrder", request.SerializeToString())
    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert not (await raw.submit(client_order_id="s-2", strategy="mine")).HasField("denial")
    listed = await raw.call("gateway.v1.Orders/ListOrders", b"")
    orders = queries_pb2.ListOrdersResponse.FromString(listed).orders
    assert [order.client_order_id for order in orders] == ["s-2"]


async def test_positions_of_other_strategies_are_not_listed(raw: RawClient, limited: MakeClient) -> None:
    for strategy in ("mine", "other"):
        request = operations_pb2.AdjustPositionRequest(
            kind="POSITION_ADJUSTMENT_KIND_START_OF_DAY", account="A1", strategy=strategy, instrument="ACME",
            quantity="5", price="1", reason="test",
        )  # fmt: skip
        await raw.call("gateway.v1.Operations/AdjustPosition", request.SerializeToString())
    mine = await limited("read", strategies=frozenset({"mine"}))
    answer = await mine.call("gateway.v1.Positions/ListPositions", b"")
    positions = queries_pb2.ListPositionsResponse.FromString(answer).positions
    assert [position.strategy for position in positions] == ["mine"]


def _halt(level: str) -> control_pb2.SetTradingStateRequest:
    return control_pb2.SetTradingStateRequest(level=level, state=events_pb2.TRADING_STATE_HALTED, reason="t")


def _adjust(account: str) -> operations_pb2.AdjustPositionRequest:
    return operations_pb2.AdjustPositionRequest(
        kind="POSITION_ADJUSTMENT_KIND_START_OF_DAY", account=account, strategy="s", instrument="ACME",
        quantity="1", price="1", reason="t",
    )  # fmt: skip


def _without_counts(message: Any) -> Any:
    """Leave out lsns that grow with whatever happens."""
    for field in ("oldest_lsn", "newest_lsn", "resume_lsn", "as_of_lsn", "snapshot_lsn"):
        if field in message.DESCRIPTOR.fields_by_name:
            message.ClearField(field)
    return message


NONE = "reaches no account, order or client of others"
FIRM = "is the firm's, whoever calls"
FOREIGN: dict[str, object] = {
    # A pair of requests: for what is beta's, and for what does not exist. Both are answered alike.
    "OrderEntry.SubmitOrder": lambda order, missing: order_entry_pb2.SubmitOrderRequest(
        order=new_order(f"f-{order}", account="B1" if order < missing else "B9")
    ),
    "OrderEntry.ReplaceOrder": lambda order, missing: order_entry_pb2.ReplaceOrderRequest(
        replace=order_entry_pb2.ReplaceCommand(client_request_id=f"r-{order}", order_id=order, quantity="5")
    ),
    "OrderEntry.CancelOrder": lambda order, missing: order_entry_pb2.CancelOrderRequest(
        cancel=order_entry_pb2.CancelCommand(client_request_id=f"x-{order}", order_id=order)
    ),
    "OrderEntry.SubmitLinkedOrders": lambda order, missing: order_entry_pb2.SubmitLinkedOrdersRequest(
        linked_orders=order_entry_pb2.LinkedOrders(
            client_request_id=f"l-{order}",
            kind="LINK_KIND_OCO",
            orders=[
                new_order(f"l-{order}-{leg}", account="B1" if order < missing else "B9") for leg in (1, 2)
            ],
        )
    ),
    "OrderEntry.SendBatch": lambda order, missing: order_entry_pb2.SendBatchRequest(
        commands=[
            order_entry_pb2.Command(
                cancel=order_entry_pb2.CancelCommand(client_request_id=f"b-{order}", order_id=order)
            )
        ]
    ),
    "OrderEntry.MassCancel": lambda order, missing: order_entry_pb2.MassCancelRequest(
        account="B1" if order < missing else "B9"
    ),
    "Orders.GetOrder": lambda order, missing: queries_pb2.GetOrderRequest(order_id=order, any_client=True),
    "Orders.ListOrders": lambda order, missing: queries_pb2.ListOrdersRequest(
        account="B1" if order < missing else "B9"
    ),
    "Orders.WatchOrders": lambda order, missing: queries_pb2.WatchOrdersRequest(
        account="B1" if order < missing else "B9"
    ),
    "Executions.ListExecutions": lambda order, missing: executions_pb2.ListExecutionsRequest(
        order_id=order, any_client=True
    ),
    "Executions.WatchExecutions": lambda order, missing: executions_pb2.WatchExecutionsRequest(
        account="B1" if order < missing else "B9", any_client=True
    ),
    "Audit.QueryEvents": lambda order, missing: audit_pb2.QueryEventsRequest(
        filter=audit_pb2.EventFilter(order_id=order), to_lsn=10
    ),
    "Audit.WatchEvents": lambda order, missing: audit_pb2.WatchEventsRequest(
        filter=audit_pb2.EventFilter(order_id=order)
    ),
    "Admin.GetVersion": FIRM,
    "Admin.GetHealth": FIRM,
    "Admin.GetConfiguration": FIRM,
    "Positions.ListPositions": lambda order, missing: queries_pb2.ListPositionsRequest(
        account="B1" if order < missing else "B9"
    ),
    "Positions.WatchPositions": lambda order, missing: queries_pb2.WatchPositionsRequest(
        account="B1" if order < missing else "B9"
    ),
    "Positions.SummarizePositions": lambda order, missing: queries_pb2.SummarizePositionsRequest(
        account="B1" if order < missing else "B9"
    ),
    "Operations.ResolveOrder": lambda order, missing: operations_pb2.ResolveOrderRequest(
        order_id=order, outcome="ORDER_STATUS_CANCELED", reason="t"
    ),
    "Operations.AdjustPosition": lambda order, missing: _adjust("B1" if order < missing else "B9"),
    "Operations.LoadPositions": lambda order, missing: operations_pb2.LoadPositionsRequest(
        batch_id="b",
        positions=[
            operations_pb2.StartOfDayPosition(
                account="B1" if order < missing else "B9",
                strategy="s",
                instrument="ACME",
                quantity="1",
                price="1",
            )
        ],
        reason="t",
    ),
    "Operations.CancelOrders": lambda order, missing: operations_pb2.CancelOrdersRequest(
        account="B1" if order < missing else "B9"
    ),
    "Risk.SetTradingState": lambda order, missing: _halt("account:B1" if order < missing else "account:B9"),
    "Risk.ListTradingStates": NONE,  # its own test, below
    "Risk.GetAnalytics": NONE,  # tests/integration/gateway/test_analytics.py
    # tests/integration/risk/test_limit_calls.py
    "Risk.GetLimits": NONE,
    "Risk.ListLimitUtilization": NONE,
    "Risk.CheckOrder": lambda order, missing: limits_pb2.CheckOrderRequest(
        order=new_order("", account="B1" if order < missing else "B9")
    ),
    "Risk.SetLimits": NONE,
    "Risk.GrantOverride": NONE,
    "Risk.GrantOrderOverride": NONE,
    "Risk.ListLimitChanges": NONE,
    "Risk.ApproveLimitChange": NONE,
    "Risk.EndLimitChange": NONE,
    "MarketData.ListReferencePrices": FIRM,
    "OrderEntry.Trade": NONE,  # commands as of the unary calls; events: test_stream.py
    "MarketData.SetReferencePrices": FIRM,
    "MarketData.SetRates": FIRM,
    "MarketData.ListRates": FIRM,
    "MarketData.SetMarketPhase": FIRM,
    "MarketData.ListMarketPhases": FIRM,
    "MarketData.ListQuotes": FIRM,
    "MarketData.WatchQuotes": FIRM,
    **{f"Sessions.{method.name}": FIRM for method in METHODS if method.containing_service.name == "Sessions"},
}


def test_every_method_has_a_case_about_others() -> None:
    assert {f"gateway.v1.{name}" for name in FOREIGN} == {method.full_name for method in METHODS}


@pytest.mark.parametrize("name", [name for name, case in FOREIGN.items() if callable(case)])
async def test_what_is_anothers_looks_like_what_does_not_exist(
    raw: RawClient, channel: grpc.aio.Channel, name: str
) -> None:
    make = FOREIGN[name]
    assert callable(make)
    beta = RawClient(channel, "beta")
    order = (await beta.submit(client_order_id="theirs", account="B1")).order_id
    missing = order + 1000
    method = f"gateway.v1.{name.replace('.', '/')}"

    async def answer(order_id: int) -> str:
        request = make(order_id, missing).SerializeToString()
        try:
            said = repr(_decoded(method, await raw.first(method, request)))
        except grpc.aio.AioRpcError as error:
            said = f"{error.code()} {error.details()}"
        return re.sub(rf"\b{order_id}\b", "ID", said).replace("B9", "B1")

    assert await answer(order) == await answer(missing)
    got = await beta.call(
        "gateway.v1.Orders/GetOrder", queries_pb2.GetOrderRequest(order_id=order).SerializeToString()
    )
    theirs = queries_pb2.GetOrderResponse.FromString(got).order
    assert theirs.leaves_quantity == "10"


_RESULTS = (
    order_entry_pb2.SubmitOrderResponse,
    order_entry_pb2.ReplaceOrderResponse,
    order_entry_pb2.CancelOrderResponse,
    order_entry_pb2.SubmitLinkedOrdersResponse,
)


def _decoded(method: str, data: bytes) -> object:
    descriptor = next(each for each in METHODS if method_path(each) == method)
    if data == b"":
        return ""
    message = message_factory.GetMessageClass(descriptor.output_type).FromString(data)
    results = [message.result] if isinstance(message, _RESULTS) else getattr(message, "results", [])
    for result in results:
        for field in ("lsn", "order_id", "client_request_id"):
            result.ClearField(field)
    return _without_counts(message)


async def test_states_of_others_accounts_are_not_listed(raw: RawClient, channel: grpc.aio.Channel) -> None:
    beta = RawClient(channel, "beta")
    await beta.call("gateway.v1.Risk/SetTradingState", _halt("account:B1").SerializeToString())
    for caller, levels in ((raw, []), (beta, ["account:B1"])):
        answer = await caller.call("gateway.v1.Risk/ListTradingStates", b"")
        states = control_pb2.ListTradingStatesResponse.FromString(answer).states
        assert [state.level for state in states] == levels
