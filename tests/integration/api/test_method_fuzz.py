"""Every method of every service, with requests drawn from its descriptor, against a running gateway.

Whatever comes, a call ends with a status that docs/api.md lists for what a caller may cause; a call that was refused
has changed nothing: no decision of it is in the journal; and after each call another client's order is answered over a
stream that stands from the start, and accepted once halts, phases and limits are taken back. A method that is new is
drawn from here without being named.

GATEWAY_TEST_FUZZ=N draws N requests a method in place of 25, and other ones each time.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress

import grpc
import grpc.aio
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.client.blocking_loop import LoopThread
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import executions_pb2 as executions
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import risk_pb2 as risk
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import (
    METHODS_BY_PATH,
    TIMEOUT_S,
    Gateway,
    RawClient,
    Venue,
    end_of,
    new_order,
    trade_request,
)
from tests.support.methods import METHODS, method_path
from tests.support.proto_strategies import malformed, messages
from tests.support.status_details import assert_names_the_field

EXAMPLES = int(os.environ.get("GATEWAY_TEST_FUZZ", "25"))
STREAM_TIMEOUT_S = 0.5
MESSAGES_MAX = 3
OF_OUR_OWN_SIDE = "Internal error from Core"
"""What grpc's client says, in place of the status, where it writes to a stream that is just being ended."""
OWN_FAULTS_MAX = 5
ALLOWED = {
    grpc.StatusCode.OK,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.ABORTED,
}
"""What a request may be answered with; all others would be the gateway's own mistake."""
OF_OTHERS = {
    # the venue, a session, time
    "cancel_promise_broken", "execution_orphaned", "execution_reported", "external_order_adopted", "held_order_ended",
    "link_reported", "mass_cancel_answered", "mass_cancel_ended", "order_not_sent", "order_released",
    "order_uncertain", "password_changed", "request_rejected", "sequence_changed", "session_changed",
    "session_window_changed", "limit_breached",
    # the gateway's own, of its start and of calls as such
    "api_called", "client_connected", "client_disconnected", "gateway_started", "instrument_defined", "level_grouped",
    "name_registered",
}  # fmt: skip
"""Events that may come at any time. All others are decisions, which come from a call: one that is new is, too."""
IN_PARTS = {
    "gateway.v1.MarketData.SetReferencePrices": {"reference_price_set"},
    "gateway.v1.MarketData.SetRates": {"rate_set"},
}
"""Methods of which what stands before the fault is done, as their .proto says."""
KNOWN = [
    "", "A1", "A2", "B1", "alpha", "beta", "ACME", "OTHER", "SIM", "test", "firm", "account:A1", "account:B1",
    "instrument:ACME", "client:alpha", "venue:SIM", "strategy:test", "c-1", "c-2", "r-1", "x-1", "status",
    "test reason",
]  # fmt: skip


KEPT: list[tuple[str, Message]] = [
    ("gateway.v1.Orders/ListOrders", queries.ListOrdersRequest(statuses=[1, -1])),  # type: ignore[list-item]
    ("gateway.v1.Orders/ListOrders", queries.ListOrdersRequest(statuses=[99])),  # type: ignore[list-item]
    ("gateway.v1.Executions/ListExecutions", executions.ListExecutionsRequest(exec_types=[-1])),  # type: ignore[list-item]
    ("gateway.v1.Executions/WatchExecutions", executions.WatchExecutionsRequest(exec_types=[-1])),  # type: ignore[list-item]
]
"""Requests that were a mistake of the gateway's once; each is refused as what a caller may not ask."""


class Target:
    """A gateway on a thread of its own, which hypothesis calls from outside."""

    def __init__(self, venue: Venue, folder: pytest.TempPathFactory) -> None:
        self._loop = LoopThread()
        self.gateway = Gateway(folder.mktemp("fuzz") / "journal", venue.port)
        self._loop.run(self.gateway.start())
        self._loop.run(self._open())
        self._cursor = 0
        self._served = 0

    async def _open(self) -> None:
        self._channel = grpc.aio.insecure_channel(self.gateway.target)
        self.raw = RawClient(self._channel)
        self._apart = grpc.aio.insecure_channel(
            self.gateway.target, options=[("grpc.use_local_subchannel_pool", 1)]
        )
        self._bystander = RawClient(self._apart, "beta").trade()

    def close(self) -> None:
        self._bystander.cancel()
        self._loop.run(self._apart.close())
        self._loop.run(self._channel.close())
        self._loop.run(self.gateway.stop())
        self._loop.close()

    def status(self, method: MethodDescriptor, requests: list[bytes]) -> tuple[grpc.StatusCode, str]:
        return self._loop.run(self._status(method, requests))

    async def _status(self, method: MethodDescriptor, requests: list[bytes]) -> tuple[grpc.StatusCode, str]:
        path = method_path(method)
        if method.client_streaming:
            assert path.endswith("/Trade")
            for _ in range(OWN_FAULTS_MAX):
                code, text = await self._end_of_trade(requests)
                if text != OF_OUR_OWN_SIDE:
                    break
            return code, text
        if method.server_streaming:
            return await self._first_of(path, requests[0])
        return await self.raw.status(path, requests[0])

    async def _end_of_trade(self, requests: list[bytes]) -> tuple[grpc.StatusCode, str]:
        call = self.raw.trade()
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):  # it has ended meanwhile
            for request in requests:
                await call.write(request)
            await call.done_writing()
        if call.done() or not any(_subscribes(request) for request in requests):
            return await end_of(call)
        try:
            await call.read()
        except grpc.aio.AioRpcError:  # it was refused only now
            return await end_of(call)
        call.cancel()
        return grpc.StatusCode.OK, ""

    async def _first_of(self, path: str, request: bytes) -> tuple[grpc.StatusCode, str]:
        call = self._channel.unary_stream(f"/{path}")(
            request, metadata=(("client", "alpha"),), timeout=STREAM_TIMEOUT_S
        )
        try:
            for _ in range(MESSAGES_MAX):
                if await call.read() is grpc.aio.EOF:
                    break
        except grpc.aio.AioRpcError as error:
            assert_names_the_field(METHODS_BY_PATH[path], error)
            if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:  # a stream that had nothing more to say
                return error.code(), error.details() or ""
        call.cancel()
        return grpc.StatusCode.OK, ""

    def new_decisions(self) -> list[str]:
        """The kinds of decisions that were journalled since this was last asked."""
        found: list[str] = []
        while True:
            batch = self.gateway.core.events(self._cursor, None)
            response = order_entry.TradeResponse.FromString(bytes(batch.data))
            found += [_kind(event) for event in response.events if not _is_of_time(event)]
            if batch.resume_lsn == self._cursor:
                return [kind for kind in found if kind not in OF_OTHERS]
            self._cursor = batch.resume_lsn

    def denial_of_bystander(self) -> str:
        """Have another client send an order over the stream that it had from the start; empty where it is accepted."""
        return self._loop.run(self._send_for_bystander())

    async def _send_for_bystander(self) -> str:
        self._served += 1
        name = f"bystander-{self._served}"
        async with asyncio.timeout(TIMEOUT_S):
            await self._bystander.write(trade_request(new_order(name, account="B1", quantity="1")))
            (result,) = (await self._bystander.read()).results
        assert result.client_request_id == name
        return types.DenialCode.Name(result.denial.code) if result.HasField("denial") else ""

    def restore(self) -> None:
        """Take back what calls have rightly done to everybody: halts, phases, limits."""
        self._loop.run(self._restore())

    async def _restore(self) -> None:
        listed = await self.raw.call("gateway.v1.Risk/ListTradingStates", b"")
        for state in control.ListTradingStatesResponse.FromString(listed).states:
            lifted = control.SetTradingStateRequest(
                level=state.level, state=events.TRADING_STATE_ACTIVE, reason="the test's end"
            )
            await self.raw.status("gateway.v1.Risk/SetTradingState", lifted.SerializeToString())
        listed = await self.raw.call("gateway.v1.MarketData/ListMarketPhases", b"")
        for phase in control.ListMarketPhasesResponse.FromString(listed).phases:
            unknown = control.SetMarketPhaseRequest(level=phase.level, reason="the test's end")
            await self.raw.status("gateway.v1.MarketData/SetMarketPhase", unknown.SerializeToString())
        no_limits = risk.SetLimitsRequest(replace_all=True, reason="the test's end")
        await self.raw.status("gateway.v1.Risk/SetLimits", no_limits.SerializeToString())


def _kind(event: events.Event) -> str:
    return event.WhichOneof("body") or ""


def _is_of_time(event: events.Event) -> bool:
    """Tell what was done because an override, or a change that waited for approval, came to its end."""
    match _kind(event):
        case "risk_decision_recorded":
            return not event.risk_decision_recorded.changed_by
        case "limits_changed":
            return event.limits_changed.reason.startswith("end of override ")
        case "order_override_ended":
            return not event.order_override_ended.ended_by
        case _:
            return False


def _subscribes(request: bytes) -> bool:
    try:
        return order_entry.TradeRequest.FromString(request).HasField("subscription")
    except Exception:
        return False


def started(venue: Venue, folder: pytest.TempPathFactory) -> Iterator[Target]:
    target = Target(venue, folder)
    for number in (1, 2):
        target._loop.run(target.raw.submit(client_order_id=f"c-{number}"))
    yield target
    target.close()


@pytest.fixture(scope="module")
def target(venue: Venue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    yield from started(venue, tmp_path_factory)


@pytest.fixture(scope="module")
def target_of_sessions(venue: Venue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Whose session to the venue need not stand: calls log it out and change its numbers."""
    yield from started(venue, tmp_path_factory)


def requests_of(method: MethodDescriptor) -> st.SearchStrategy[list[bytes]]:
    valid = messages(method.input_type, KNOWN)
    request = st.one_of(valid.map(lambda each: each.SerializeToString()), malformed(valid))
    return st.lists(request, min_size=1, max_size=4 if method.client_streaming else 1)


def check_call(target: Target, method: MethodDescriptor, requests: list[bytes]) -> None:
    target.new_decisions()
    code, text = target.status(method, requests)
    assert code in ALLOWED, (code, text)
    assert len(text) <= 600
    if code is not grpc.StatusCode.OK and len(requests) == 1:  # of a stream, earlier messages stand
        assert set(target.new_decisions()) <= IN_PARTS.get(method.full_name, set())
    target.denial_of_bystander()  # it gets an answer, whatever that is


def is_of_sessions(method: MethodDescriptor) -> bool:
    return method_path(method).startswith("gateway.v1.Sessions/")


def fuzz(target: Target, method: MethodDescriptor) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES == 25,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests_of(method))
    def check(requests: list[bytes]) -> None:
        check_call(target, method, requests)

    check()


@pytest.mark.timeout(0 if EXAMPLES > 25 else 120)
@pytest.mark.parametrize(
    "method",
    [method for method in METHODS if not is_of_sessions(method)],
    ids=lambda each: each.full_name.removeprefix("gateway.v1."),
)
def test_method_takes_whatever_comes(target: Target, method: MethodDescriptor) -> None:
    fuzz(target, method)
    target.restore()
    assert target.denial_of_bystander() == ""


@pytest.mark.timeout(0 if EXAMPLES > 25 else 120)
@pytest.mark.parametrize(
    "method",
    [method for method in METHODS if is_of_sessions(method)],
    ids=lambda each: each.full_name.removeprefix("gateway.v1."),
)
def test_method_about_sessions_takes_whatever_comes(
    target_of_sessions: Target, method: MethodDescriptor
) -> None:
    fuzz(target_of_sessions, method)


@pytest.mark.parametrize(("path", "request_message"), KEPT)
def test_request_of_an_enumerator_that_is_none_is_refused(
    target: Target, path: str, request_message: Message
) -> None:
    method = METHODS_BY_PATH[path]
    check_call(target, method, [request_message.SerializeToString()])
    code, text = target.status(method, [request_message.SerializeToString()])
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "expected a value of gateway.v1." in text


def test_fuzzing_knows_a_decision_when_it_sees_one(target: Target) -> None:
    target.new_decisions()
    target._loop.run(target.raw.submit(client_order_id="seen", quantity="0"))
    assert target.new_decisions() == ["order_denied"]


def test_events_that_are_no_decisions_exist() -> None:
    assert {field.name for field in events.Event.DESCRIPTOR.oneofs_by_name["body"].fields} > OF_OTHERS
