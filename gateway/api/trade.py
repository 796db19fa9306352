"""The stream of orders: a request's bytes go to the core as they came, the core's bytes go out as they are.

A stream has one reader of requests and, once it subscribed, one pump of events. Both write through `_flush`,
which takes the write turn, puts results that wait before the events that are new, and writes them as one
message. The promises (docs/api.md) follow from that order:

- a command's result stands before or in the same message as its events, because the result is stored in the
  same turn in which the core decided, and `_flush` takes results before it reads events;
- events come once and in lsn order, because only `_flush` moves the cursor, inside the write turn;
- a client that does not read costs one message of memory: the write waits for it, the cursor stays where it
  is, and the journal is the queue.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import grpc.aio
from google.protobuf.message import DecodeError

from gateway.api.bell import Bell
from gateway.api.call import Call, Context
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.settings import ApiSettings
from gateway.api.wire import subscription_of, varint_field
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["RunCommand", "TradeStreams"]

RunCommand = Callable[[Call, bytes], Awaitable[bytes]]
"""Hands a TradeRequest's bytes to the core, inline or on a thread. Raises ApiError."""

JOURNAL = "journal"
"""The metadata that names the journal: a client sends nothing again to a gateway that keeps another one."""

_RESUME_LSN = order_entry.TradeResponse.DESCRIPTOR.fields_by_name["resume_lsn"].number


class TradeStreams:
    """All open Trade streams of a server."""

    def __init__(self, core: Core, bell: Bell, run_command: RunCommand, settings: ApiSettings) -> None:
        self._core = core
        self._bell = bell
        self._run_command = run_command
        self._settings = settings
        self._open: Counter[str] = Counter()
        self._stopping = asyncio.Event()
        self._ending: dict[str, asyncio.Event] = {}

    async def serve(self, call: Call, context: Context) -> None:
        """Serve one stream until either side ends it."""
        try:
            with self._slot(call.caller.client):
                # Taken before the first await, so that no change of rights falls between the call's entry and here.
                ending = self._ending.setdefault(call.caller.client, asyncio.Event())
                stream = _TradeStream(
                    self._core, self._bell, self._run_command, self._settings, call, context
                )
                await context.send_initial_metadata(((JOURNAL, self._core.journal_id()),))
                async with asyncio.TaskGroup() as group:
                    ends = (
                        group.create_task(self._raise_when_stopping()),
                        group.create_task(self._raise_when_ending(call.caller.client, ending)),
                    )
                    await stream.run(group)
                    for end in ends:
                        end.cancel()
        finally:
            self._cancel_orders_of(call.caller.client)

    def stop(self) -> None:
        """End every stream with UNAVAILABLE: its client reconnects and resumes."""
        self._stopping.set()

    def end_streams_of(self, client: str) -> None:
        """End the streams that a client has open now, with UNAVAILABLE."""
        if event := self._ending.pop(client, None):
            event.set()

    def _cancel_orders_of(self, client: str) -> None:
        """Cancel the orders of a client that asked for it, once its last stream has ended.

        Not where the gateway itself ends the streams: what the venues promise on a disconnect counts then.
        """
        gone = self._open[client] == 0 and not self._stopping.is_set()
        if gone and client in self._settings.cancel_on_disconnect:
            self._core.cancel_orders(client)

    async def _raise_when_stopping(self) -> None:
        await self._stopping.wait()
        raise ApiError(
            Problem.STOPPING, "the gateway is shutting down; reconnect and resume from the last resume_lsn"
        )

    @staticmethod
    async def _raise_when_ending(client: str, ending: asyncio.Event) -> None:
        await ending.wait()
        raise ApiError(
            Problem.RIGHTS_CHANGED,
            f"the rights or proofs of client {client!r} were changed; connect anew and resume from the last resume_lsn",
        )

    @contextmanager
    def _slot(self, client: str) -> Iterator[None]:
        allowed = self._settings.streams_per_client_max
        if self._open[client] >= allowed:
            raise ApiError(
                Problem.TOO_MANY_STREAMS,
                f"client {client!r} has {allowed} Trade streams open, the most allowed; close one first",
            )
        self._open[client] += 1
        try:
            yield
        finally:
            self._open[client] -= 1


class _TradeStream:
    def __init__(
        self,
        core: Core,
        bell: Bell,
        run_command: RunCommand,
        settings: ApiSettings,
        call: Call,
        context: Context,
    ) -> None:
        self._core = core
        self._bell = bell
        self._run_command = run_command
        self._batch_bytes = settings.event_batch_bytes
        self._call = call
        self._context = context
        self._results = b""
        self._cursor: int | None = None
        self._deciding = asyncio.Lock()
        self._writing = asyncio.Lock()

    async def run(self, group: asyncio.TaskGroup) -> None:
        """Read requests until the client ends its side; with a subscription, events go on after that."""
        pump: asyncio.Task[None] | None = None
        while isinstance(request := await self._context.read(), bytes):  # else grpc.aio.EOF
            if pump is None and (subscription := _subscription(request)) is not None:
                self._call.caller.require(frozenset({"read"}), "a subscription")
                self._cursor = self._start(subscription)
                pump = group.create_task(self._pump())
            async with self._deciding:
                self._results += await self._run_command(self._call, request)
            if self._results:
                await self._flush()
        if pump is not None:
            await pump

    def _start(self, subscription: order_entry.Subscription) -> int:
        newest, oldest = self._core.committed_lsn(), self._core.oldest_lsn()
        if subscription.from_now:
            return newest
        if subscription.after_lsn == 0:
            return max(oldest - 1, 0)
        if subscription.after_lsn > newest:
            raise ApiError(
                Problem.RESUME_POINT_GONE,
                f"expected after_lsn of at most {newest}, the newest in this journal, "
                f"was {subscription.after_lsn}; "
                "it is of another journal, or the end of this one was lost: compare orders with ListOrders, "
                "then subscribe from_now",
            )
        self._check_kept(subscription.after_lsn, oldest)
        return subscription.after_lsn

    @staticmethod
    def _check_kept(cursor: int, oldest: int) -> None:
        if cursor + 1 < oldest:
            raise ApiError(
                Problem.RESUME_POINT_GONE,
                f"events after lsn {cursor} were asked for, the oldest that is kept is {oldest}; "
                "compare orders with ListOrders, then subscribe from_now or from 0",
            )

    async def _pump(self) -> None:
        beats = self._bell.beats
        await self._flush(always=True)  # tells the client from where its events count
        while True:
            ring = self._bell.next_ring()
            if self._bell.beats != beats:
                beats = self._bell.beats
                await self._flush(always=True)
            while await self._flush():
                pass
            assert self._cursor is not None
            if self._bell.arm(self._cursor):
                await ring.wait()
            else:
                await asyncio.sleep(0)

    async def _flush(self, *, always: bool = False) -> bool:
        """Write the results that wait and the events that are new; True where the cursor moved."""
        async with self._writing:
            moved = False
            async with self._deciding:
                message, self._results = self._results, b""
                if self._cursor is not None:
                    if self._cursor:
                        self._check_kept(self._cursor, self._core.oldest_lsn())
                    batch = self._core.events(self._cursor, self._call.caller.client, self._batch_bytes)
                    moved = batch.resume_lsn != self._cursor
                    self._cursor = batch.resume_lsn
                    if message or batch.count or always:
                        message += batch.data + varint_field(_RESUME_LSN, self._cursor)
            if message:
                await self._write(message)
            return moved

    async def _write(self, message: bytes) -> None:
        try:
            await self._context.write(message)
        except grpc.aio.InternalError as error:  # how grpc says that the connection broke
            raise ApiError(Problem.CLIENT_GONE, "the connection ended") from error


def _subscription(request: bytes) -> order_entry.Subscription | None:
    try:
        return subscription_of(request)
    except DecodeError as error:
        raise ApiError(
            Problem.MALFORMED,
            f"expected the bytes of a gateway.v1.TradeRequest, were {len(request)} others; "
            "nothing of this message was done, and what came before it stands",
        ) from error
