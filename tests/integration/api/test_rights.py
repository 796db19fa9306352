"""Every method of the proto x every right x own and foreign accounts, over a running gateway.

The methods come from the descriptors: one that is new fails here until it has a row in foreign.py.
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

from gateway.api import ApiServer, ClientAccess
from gateway.api.rights import ALL_RIGHTS, METHOD_RIGHTS
from gateway.v1 import (
    control_pb2,
    operations_pb2,
    order_entry_pb2,
    queries_pb2,
)
from tests.integration.api.foreign import FOREIGN, PAIRS, halt
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
        server = gateway.serve(gateway.core, settings)
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


async def test_split_needs_the_use_of_every_position_of_the_instrument(
    raw: RawClient, limited: MakeClient
) -> None:
    for strategy in ("mine", "other"):
        request = operations_pb2.AdjustPositionRequest(
            kind="POSITION_ADJUSTMENT_KIND_START_OF_DAY", account="A1", strategy=strategy, instrument="ACME",
            quantity="5", price="2", reason="test",
        )  # fmt: skip
        await raw.call("gateway.v1.Operations/AdjustPosition", request.SerializeToString())
    split = operations_pb2.SplitPositionsRequest(
        instrument="ACME", new_units="2", old_units="1", split_id="s", reason="test"
    ).SerializeToString()
    some = await limited("admin", strategies=frozenset({"mine"}))
    status, text = await some.status("gateway.v1.Operations/SplitPositions", split)
    assert status is grpc.StatusCode.PERMISSION_DENIED
    assert "not the caller's" in text
    everything = await limited("admin")
    answer = await everything.call("gateway.v1.Operations/SplitPositions", split)
    assert operations_pb2.SplitPositionsResponse.FromString(answer).positions == 2


def _without_counts(message: Any) -> Any:
    """Leave out lsns that grow with whatever happens."""
    for field in ("oldest_lsn", "newest_lsn", "resume_lsn", "as_of_lsn", "snapshot_lsn"):
        if field in message.DESCRIPTOR.fields_by_name:
            message.ClearField(field)
    return message


def test_every_method_has_a_case_about_others() -> None:
    assert {f"gateway.v1.{name}" for name in FOREIGN} == {method.full_name for method in METHODS}


@pytest.mark.parametrize("name", PAIRS)
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
    await beta.call("gateway.v1.Risk/SetTradingState", halt("account:B1").SerializeToString())
    for caller, levels in ((raw, []), (beta, ["account:B1"])):
        answer = await caller.call("gateway.v1.Risk/ListTradingStates", b"")
        states = control_pb2.ListTradingStatesResponse.FromString(answer).states
        assert [state.level for state in states] == levels
