"""Every method of every service, with requests drawn from its descriptor, against a running gateway.

Whatever comes, a call ends with a status that docs/api.md lists for what a caller may cause, the gateway goes on
serving, and a call that was refused has changed nothing: no decision of it is in the journal. A method that is new is
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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.client.blocking_loop import LoopThread
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from tests.integration.api.support import Gateway, RawClient, Venue, end_of, new_order
from tests.support.methods import METHODS, method_path
from tests.support.proto_strategies import malformed, messages

EXAMPLES = int(os.environ.get("GATEWAY_TEST_FUZZ", "25"))
STREAM_TIMEOUT_S = 0.5
MESSAGES_MAX = 3
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
DECISIONS = {
    "order_accepted",
    "order_denied",
    "replace_requested",
    "request_denied",
    "link_accepted",
    "order_resolved",
    "position_adjusted",
    "trading_state_changed",
    "reference_price_set",
    "session_controlled",
}
"""Events that come from a call and from nothing else."""
KNOWN = [
    "", "A1", "A2", "B1", "alpha", "beta", "ACME", "OTHER", "SIM", "test", "firm", "account:A1", "account:B1",
    "instrument:ACME", "client:alpha", "venue:SIM", "strategy:test", "c-1", "c-2", "r-1", "x-1", "status",
    "test reason",
]  # fmt: skip


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

    def close(self) -> None:
        self._loop.run(self._channel.close())
        self._loop.run(self.gateway.stop())
        self._loop.close()

    def status(self, method: MethodDescriptor, requests: list[bytes]) -> tuple[grpc.StatusCode, str]:
        return self._loop.run(self._status(method, requests))

    async def _status(self, method: MethodDescriptor, requests: list[bytes]) -> tuple[grpc.StatusCode, str]:
        path = method_path(method)
        if method.client_streaming:
            call = self.raw.trade()
            assert path.endswith("/Trade")
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
        if method.server_streaming:
            return await self._first_of(path, requests[0])
        return await self.raw.status(path, requests[0])

    async def _first_of(self, path: str, request: bytes) -> tuple[grpc.StatusCode, str]:
        call = self._channel.unary_stream(f"/{path}")(
            request, metadata=(("client", "alpha"),), timeout=STREAM_TIMEOUT_S
        )
        try:
            for _ in range(MESSAGES_MAX):
                if await call.read() is grpc.aio.EOF:
                    break
        except grpc.aio.AioRpcError as error:
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
            found += [_kind(event) for event in response.events]
            if batch.resume_lsn == self._cursor:
                return [kind for kind in found if kind in DECISIONS]
            self._cursor = batch.resume_lsn

    def assert_serves(self) -> None:
        """An order gets an answer, whether or not the session stands just now."""
        self._served += 1
        result = self._loop.run(self.raw.submit(client_order_id=f"serves-{self._served}"))
        assert result.client_request_id == f"serves-{self._served}"


def _kind(event: events.Event) -> str:
    return event.WhichOneof("body") or ""


def _subscribes(request: bytes) -> bool:
    try:
        return order_entry.TradeRequest.FromString(request).HasField("subscription")
    except Exception:
        return False


@pytest.fixture(scope="module")
def target(venue: Venue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    target = Target(venue, tmp_path_factory)
    for number in (1, 2):
        target._loop.run(target.raw.submit(client_order_id=f"c-{number}"))
    yield target
    target.close()


def requests_of(method: MethodDescriptor) -> st.SearchStrategy[list[bytes]]:
    valid = messages(method.input_type, KNOWN)
    request = st.one_of(valid.map(lambda each: each.SerializeToString()), malformed(valid))
    return st.lists(request, min_size=1, max_size=4 if method.client_streaming else 1)


@pytest.mark.timeout(0 if EXAMPLES > 25 else 120)
@pytest.mark.parametrize("method", METHODS, ids=lambda each: each.full_name.removeprefix("gateway.v1."))
def test_method_takes_whatever_comes(target: Target, method: MethodDescriptor) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES == 25,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests_of(method))
    def check(requests: list[bytes]) -> None:
        target.new_decisions()
        code, text = target.status(method, requests)
        assert code in ALLOWED, (code, text)
        assert len(text) <= 600
        if code is not grpc.StatusCode.OK and len(requests) == 1:  # of a stream, earlier messages stand
            assert target.new_decisions() == []

    check()
    target.assert_serves()


def test_fuzzing_knows_a_decision_when_it_sees_one(target: Target) -> None:
    target.new_decisions()
    target._loop.run(target.raw.submit(client_order_id="seen", quantity="0"))
    assert target.new_decisions() == ["order_denied"]
    assert new_order("x").client_order_id == "x"
