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
from gateway.api.rights import ALL_RIGHTS
from gateway.v1 import (
    control_pb2,
    operations_pb2,
    order_entry_pb2,
    queries_pb2,
    sessions_pb2,
)
from tests.integration.api.expected_rights import MAY_CALL
from tests.integration.api.foreign import FOREIGN, PAIRS, halt
from tests.integration.api.support import Gateway, RawClient, end_of, new_order, trade_request
from tests.support.methods import METHODS, method_path

ONE_REQUEST = [method for method in METHODS if not method.client_streaming]
MakeClient = Callable[..., Awaitable[RawClient]]
ALPHA = frozenset({"A1", "A2"})
EVERY_ACCOUNT = ALPHA | {"B1"}


@pytest.fixture
async def limited(gateway: Gateway) -> AsyncIterator[MakeClient]:
    """Gives a caller that is alpha with other rights, on a server of its own over the same core."""
    servers: list[ApiServer] = []
    channels: list[grpc.aio.Channel] = []

    async def make(
        *rights: str, strategies: frozenset[str] = frozenset(), accounts: frozenset[str] = ALPHA
    ) -> RawClient:
        access = ClientAccess(accounts=accounts, rights=frozenset(rights), strategies=strategies)
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


def test_every_method_is_in_the_expected_table() -> None:
    assert set().union(*MAY_CALL.values()) == {method.full_name for method in METHODS}


@pytest.mark.parametrize("right", [*sorted(ALL_RIGHTS), "none"])
async def test_method_is_refused_exactly_where_the_right_is_missing(limited: MakeClient, right: str) -> None:
    raw = await limited(*ALL_RIGHTS & {right}, accounts=EVERY_ACCOUNT)
    for method in ONE_REQUEST:
        # Empty requests: whoever may call is told what is missing in them, or gets an empty answer.
        code, text = await raw.any_status(method, b"")
        allowed = method.full_name in MAY_CALL[right]
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
    beta = RawClient(channel, "beta")
    order = (await beta.submit(client_order_id="theirs", account="B1")).order_id
    missing = order + 1000
    assert await _said(raw, name, order, order, missing) == await _said(raw, name, missing, order, missing)
    await _assert_untouched(beta, order)


@pytest.mark.parametrize("right", [*sorted(ALL_RIGHTS), "none"])
async def test_no_right_by_itself_reaches_what_is_anothers(
    limited: MakeClient, channel: grpc.aio.Channel, right: str
) -> None:
    beta = RawClient(channel, "beta")
    order = (await beta.submit(client_order_id="theirs", account="B1")).order_id
    missing = order + 1000
    raw = await limited(*ALL_RIGHTS & {right})
    for name in PAIRS:
        theirs = await _said(raw, name, order, order, missing)
        assert (name, theirs) == (name, await _said(raw, name, missing, order, missing))
        if f"gateway.v1.{name}" not in MAY_CALL[right]:
            assert theirs.startswith("StatusCode.PERMISSION_DENIED")
    await _assert_untouched(beta, order)


async def _said(raw: RawClient, name: str, order_id: int, theirs: int, missing: int) -> str:
    """What a call answers or refuses with, without the ids that were asked for."""
    make = FOREIGN[name]
    assert callable(make)
    method = f"gateway.v1.{name.replace('.', '/')}"
    try:
        said = repr(_decoded(method, await raw.first(method, make(order_id, missing).SerializeToString())))
    except grpc.aio.AioRpcError as error:
        said = f"{error.code()} {error.details()}"
    return re.sub(rf"\b({theirs}|{missing})\b", "ID", said).replace("B9", "B1")


async def _assert_untouched(beta: RawClient, order: int) -> None:
    got = await beta.call(
        "gateway.v1.Orders/GetOrder", queries_pb2.GetOrderRequest(order_id=order).SerializeToString()
    )
    assert queries_pb2.GetOrderResponse.FromString(got).order.leaves_quantity == "10"


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


MESSAGES = sessions_pb2.ListSessionMessagesRequest(name="SIM").SerializeToString()
SESSION = sessions_pb2.GetSessionRequest(name="SIM").SerializeToString()


async def test_messages_of_a_session_are_for_an_admin_with_every_account_and_strategy(
    limited: MakeClient,
) -> None:
    path = "gateway.v1.Sessions/ListSessionMessages"
    for refused in (
        await limited(*ALL_RIGHTS),
        await limited("admin", accounts=EVERY_ACCOUNT, strategies=frozenset({"mine"})),
        await limited("read", "trade", "cancel", "risk", accounts=EVERY_ACCOUNT),
    ):
        assert (await refused.status(path, MESSAGES))[0] is grpc.StatusCode.PERMISSION_DENIED
    everything = await limited("admin", accounts=EVERY_ACCOUNT)
    answer = sessions_pb2.ListSessionMessagesResponse.FromString(await everything.call(path, MESSAGES))
    assert answer.messages


async def test_account_of_no_client_keeps_the_messages_of_a_session_back(gateway: Gateway) -> None:
    access = ClientAccess(accounts=EVERY_ACCOUNT, rights=ALL_RIGHTS)
    settings = replace(gateway.settings, port=0, clients={"alpha": access}, accounts=frozenset({"of nobody"}))
    server = gateway.serve(gateway.core, settings)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        code, _ = await RawClient(channel).status("gateway.v1.Sessions/ListSessionMessages", MESSAGES)
    await server.stop()
    assert code is grpc.StatusCode.PERMISSION_DENIED


async def test_number_of_a_sessions_open_orders_is_for_who_may_see_all_of_them(
    limited: MakeClient, channel: grpc.aio.Channel
) -> None:
    await RawClient(channel, "beta").submit(client_order_id="theirs", account="B1")
    for caller, count in (
        (await limited("read"), 0),
        (await limited(*ALL_RIGHTS), 0),
        (await limited("read", accounts=EVERY_ACCOUNT), 0),
        (await limited("read", "admin", accounts=EVERY_ACCOUNT), 1),
    ):
        answer = await caller.call("gateway.v1.Sessions/GetSession", SESSION)
        session = sessions_pb2.GetSessionResponse.FromString(answer)
        assert (session.session.name, session.open_orders) == ("SIM", count)
