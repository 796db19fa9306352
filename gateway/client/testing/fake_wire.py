"""The connection between a client and a fake gateway: streams and calls in memory.

Stands where grpc stands otherwise; everything above it is the SDK as it is.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakSet

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from gateway.client.connection import Connection, Settings, TradeCall
from gateway.client.identity import Identity
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_watch import FakeWatch, Watched
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["FakeConnection", "FakeStream", "Far"]

Response = TypeVar("Response", bound=Message)

_HEARTBEAT_S = 5.0
_EVENTS_MAX = 500


class Far(Watched, Protocol):
    """The gateway at the other end."""

    def attach(self, stream: "FakeStream") -> None:
        """Take a stream on. Raises AioRpcError."""

    def detach(self, stream: "FakeStream") -> None: ...

    def command(self, stream: "FakeStream", command: order_entry.Command) -> order_entry.CommandResult | None:
        """Decide; None where the stream broke before the answer."""

    def call(self, client: str, method: str, request: Message) -> Message:
        """Answer a unary call. Raises AioRpcError."""


class FakeStream:
    """A Trade stream, as grpc's call object shows one. Made and read on one event loop, woken from any thread."""

    def __init__(self, far: Far, client: str) -> None:
        self.client = client
        self._far = far
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._results: list[order_entry.CommandResult] = []
        self._again: list[events.Event] = []
        self._cursor: int | None = None
        self._wanted = order_entry.Subscription()
        self._started = False
        self._end: grpc.aio.AioRpcError | None = None
        self._canceled = False
        self._at_end: list[Callable[[FakeStream], None]] = []
        try:
            far.attach(self)
        except grpc.aio.AioRpcError as error:
            self._end = error

    @property
    def cancel_grace_s(self) -> float | None:
        """How long after its end the client's orders are canceled; None: its client did not ask for it."""
        return self._wanted.cancel_grace_ms / 1000 if self._wanted.cancel_on_disconnect else None

    def later(self, delay_s: float, work: Callable[[], None]) -> None:
        """Do something after a time, by the clock of this stream's loop; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.call_later, delay_s, work)

    def wake(self) -> None:
        """Look for news; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    def end(self, error: grpc.aio.AioRpcError) -> None:
        """End it from the far side; from any thread."""
        self._end = self._end or error
        self._far.detach(self)
        self.wake()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell_end)

    def add_done_callback(self, callback: "Callable[[FakeStream], None]") -> None:
        """Call it once the stream has ended."""
        self._at_end.append(callback)
        if self._end is not None:
            self._loop.call_soon(self._tell_end)

    def _tell_end(self) -> None:
        while self._at_end:
            self._at_end.pop()(self)

    def send_again(self, repeated: Sequence[events.Event]) -> None:
        """Send events that were sent before."""
        if self._cursor is not None:
            self._again += repeated
            self.wake()

    async def initial_metadata(self) -> grpc.aio.Metadata:
        return grpc.aio.Metadata() if self._end else grpc.aio.Metadata(("journal", self._far.journal_id))

    async def trailing_metadata(self) -> grpc.aio.Metadata:
        return grpc.aio.Metadata()

    async def code(self) -> grpc.StatusCode:
        assert self._end is not None
        return self._end.code()

    async def details(self) -> str:
        assert self._end is not None
        return self._end.details() or ""

    def cancel(self) -> bool:
        self._canceled = True
        self.end(failure(grpc.StatusCode.CANCELLED, "the client ended the stream"))
        return True

    async def write(self, request: order_entry.TradeRequest) -> None:
        if self._end is not None:
            raise asyncio.InvalidStateError("the stream has ended")
        try:
            if request.HasField("subscription") and self._cursor is None:
                self._cursor = self._far.start_of(request.subscription)
                self._wanted = request.subscription
            for command in request.commands:
                result = self._far.command(self, command)
                if result is None or self._end is not None:
                    return
                self._results.append(result)
        except grpc.aio.AioRpcError as error:
            self.end(error)
        self.wake()

    async def read(self) -> Any:
        while True:
            self._woken.clear()
            if self._canceled:
                raise asyncio.CancelledError
            if self._end is not None:
                return grpc.aio.EOF
            if (response := self._next_response()) is not None:
                return response
            try:
                async with asyncio.timeout(_HEARTBEAT_S):
                    await self._woken.wait()
            except TimeoutError:
                if self._cursor is not None and self._end is None:
                    return order_entry.TradeResponse(resume_lsn=self._cursor)

    def _next_response(self) -> order_entry.TradeResponse | None:
        response = order_entry.TradeResponse(results=self._results)
        self._results = []
        if self._cursor is not None:
            new, cursor = self._far.events_after(self.client, self._cursor, _EVENTS_MAX, self._wanted)
            response.events.extend([*self._again, *new])
            self._again, self._cursor = [], cursor
            response.resume_lsn = cursor
        begins = self._cursor is not None and not self._started
        if not (response.results or response.events or begins):
            return None
        self._started = True
        return response


class FakeConnection(Connection):
    """A connection to a fake gateway."""

    def __init__(self, far: Far, client: str, settings: Settings) -> None:
        super().__init__("127.0.0.1:0", Identity(client), settings)
        self._far = far
        self._client = client
        self._watches: WeakSet[FakeWatch] = WeakSet()

    async def close(self) -> None:
        self._closed = True
        for stream in list(self._streams):
            stream.cancel()
        for watch in list(self._watches):
            watch.cancel()

    def trade(self) -> TradeCall:
        self.check_open()
        stream = cast(TradeCall, FakeStream(self._far, self._client))
        self._streams.add(stream)
        return stream

    def watch(
        self, service: ServiceDescriptor, method: str, request: Message, response_type: type[Response]
    ) -> "grpc.aio.UnaryStreamCall[Message, Response]":
        self.check_open()
        watch = FakeWatch(self._far, self._client, f"{service.name}.{method}", request)
        self._watches.add(watch)
        return cast("grpc.aio.UnaryStreamCall[Message, Response]", watch)

    async def attempt(
        self,
        service: ServiceDescriptor,
        method: str,
        request: Message,
        response_type: type[Response],
        timeout_s: float,
    ) -> Response:
        self.check_open()
        await asyncio.sleep(0)
        answer = self._far.call(self._client, f"{service.name}.{method}", request)
        assert isinstance(answer, response_type)
        return answer

    def _make_channel(self) -> grpc.aio.Channel:
        return cast(grpc.aio.Channel, None)  # there is no network
