"""The stream of orders: a request's bytes go to the core as they came, the core's bytes go out as they are.

A stream has one task that decides requests, one that reads them ahead of it and, once it subscribed, one pump of
events. The first and the last write through `_flush`, which takes the write turn, puts results that wait before the
events that are new, and writes them as one message. The promises (docs/api.md) follow from that order:

- a command's result stands before or in the same message as its events, because the result is stored in the
  same turn in which the core decided, and `_flush` takes results before it reads events;
- events come once and in lsn order, because only `_flush` moves the cursor, inside the write turn;
- a client that does not read costs one message of memory: the write waits for it, the cursor stays where it
  is, and the journal is the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from google.protobuf.message import DecodeError

from gateway.api.batch_size import FIRST_BYTES, BatchSize
from gateway.api.bell import Bell
from gateway.api.call import Call, Context
from gateway.api.core_port import Core, View
from gateway.api.disconnect import DisconnectGuard
from gateway.api.errors import ApiError, Problem
from gateway.api.event_stream import write
from gateway.api.read_ahead import ReadAhead
from gateway.api.resume import announce_journal, check_kept, start_of
from gateway.api.settings import ApiSettings
from gateway.api.streams import OpenStreams
from gateway.api.views import kind_numbers, own_view
from gateway.api.wire import subscription_of, varint_field
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["RunCommand", "TradeStreams"]

RunCommand = Callable[[Call, bytes], Awaitable[bytes]]
"""Hands a TradeRequest's bytes to the core, inline or on a thread. Raises ApiError."""

_GRACE_MAX_MS = 600_000

_TOGETHER_BYTES = 16 << 10
"""Requests that are decided without a break for other streams, once so much of them was decided."""

_LOOK_BYTES = 1
"""Enough to see whether there is an event: the first one is read whatever its size."""

_RESUME_LSN = order_entry.TradeResponse.DESCRIPTOR.fields_by_name["resume_lsn"].number


class TradeStreams:
    """All open Trade streams of a server."""

    def __init__(
        self,
        core: Core,
        bell: Bell,
        run_command: RunCommand,
        settings: ApiSettings,
        streams: OpenStreams,
    ) -> None:
        self._core = core
        self._bell = bell
        self._run_command = run_command
        self._settings = settings
        self._streams = streams
        self._guard = DisconnectGuard(
            lambda client: core.cancel_orders(client), settings.cancel_on_disconnect
        )

    async def serve(self, call: Call, context: Context) -> None:
        """Serve one stream until either side ends it."""
        client = call.caller.client
        stream = _TradeStream(self._core, self._bell, self._run_command, self._settings, call, context)
        self._guard.opened(client)
        try:
            await self._streams.run(client, partial(self._begin, stream, context))
        finally:
            self._guard.ended(client, stream.cancel_grace_s, stopping=self._streams.stopping)

    async def _begin(self, stream: _TradeStream, context: Context, group: asyncio.TaskGroup) -> None:
        await announce_journal(self._core, context)
        await stream.run(group)

    def stop(self) -> None:
        """Cancel nothing any more for streams that have ended."""
        self._guard.stop()


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
        self._batch_bytes = BatchSize(FIRST_BYTES, settings.event_batch_bytes)
        # Where each request waits for the disk, its results shall not wait for the next one's as well.
        self._together_bytes = 0 if settings.blocking_commands else _TOGETHER_BYTES
        self._call = call
        self._context = context
        self._pump_task: asyncio.Task[None] | None = None
        self.cancel_grace_s: float | None = None
        """How long after the stream's end the client's orders are canceled; None: its client did not ask for it."""
        self._results = b""
        self._sends_ahead = False
        """Its client sends requests before it has its answers, as far as the last ones tell."""
        self._trades = False
        """It has sent commands."""
        self._view: View | None = None
        self._cursor: int | None = None
        self._deciding = asyncio.Lock()
        self._writing = asyncio.Lock()

    async def run(self, group: asyncio.TaskGroup) -> None:
        """Read requests until the client ends its side; with a subscription, events go on after that."""
        requests = ReadAhead(self._context)
        group.create_task(requests.run())
        while (request := await requests.next()) is not None:
            try:
                await self._take_with_those_behind(request, requests, group)
            except ApiError:
                if self._results:  # of what came before the request that ends the stream
                    await self._flush()
                raise
            if self._results:
                await self._flush()
            self._sends_ahead = self._sends_ahead or requests.is_waiting
        if self._pump_task is not None:
            await self._pump_task

    async def _take_with_those_behind(
        self, request: bytes | None, requests: ReadAhead, group: asyncio.TaskGroup
    ) -> None:
        taken, found = 0, False
        while request is not None:
            await self._take(request, group)
            taken += len(request)
            if taken >= self._together_bytes:
                return
            request = requests.next_now()
            if request is None and self._sends_ahead:
                await asyncio.sleep(0)  # the next one has most likely come while this one was decided
                request = requests.next_now()
            found = found or request is not None
        self._sends_ahead = found

    async def _take(self, request: bytes, group: asyncio.TaskGroup) -> None:
        """Decide one request; the first that subscribes starts the events before."""
        if self._pump_task is None and (subscription := _subscription(request)) is not None:
            self._subscribe(subscription)
            self._pump_task = group.create_task(self._pump())
        async with self._deciding:
            results = await self._run_command(self._call, request)
            self._results += results
            self._trades = self._trades or bool(results)

    def _subscribe(self, subscription: order_entry.Subscription) -> None:
        self._call.caller.require(frozenset({"read"}), "a subscription")
        self._view = own_view(
            self._core,
            self._call.caller,
            kinds=kind_numbers(subscription.kinds, "subscription."),
            in_accounts=list(subscription.accounts),
            in_strategies=list(subscription.strategies),
            in_instruments=list(subscription.instruments),
        )
        self._ask_for_cancel(subscription)
        self._cursor = start_of(
            self._core,
            subscription.after_lsn,
            from_now=subscription.from_now,
            journal=subscription.journal,
        )

    def _ask_for_cancel(self, subscription: order_entry.Subscription) -> None:
        if subscription.cancel_grace_ms > _GRACE_MAX_MS:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"expected cancel_grace_ms of at most {_GRACE_MAX_MS}, was {subscription.cancel_grace_ms}",
                field="subscription.cancel_grace_ms",
            )
        if subscription.cancel_on_disconnect:
            self._call.caller.require(frozenset({"cancel"}), "cancel_on_disconnect")
            self.cancel_grace_s = subscription.cancel_grace_ms / 1000

    async def _pump(self) -> None:
        beats = self._bell.beats
        await self._flush(always=True)  # tells the client from where its events count
        while True:
            ring = self._bell.next_ring(trades=self._trades)
            if self._bell.beats != beats:
                beats = self._bell.beats
                await self._flush(always=True)
            while await self._has_events():
                if not self._trades:
                    await self._bell.turn()
                await self._flush()
            assert self._cursor is not None
            if self._bell.arm(self._cursor):
                await self._bell.wait(ring)
            else:
                await asyncio.sleep(0)

    async def _has_events(self) -> bool:
        """Tell whether there is anything new that the client may see; the cursor moves to where it begins."""
        assert self._view is not None
        while True:
            async with self._writing:
                assert self._cursor is not None
                if self._cursor:
                    check_kept(self._core, self._cursor)
                found = self._view.after(self._cursor, _LOOK_BYTES)
                if found.count:
                    return True
                if found.resume_lsn == self._cursor:
                    return False
                self._cursor = found.resume_lsn
            await asyncio.sleep(0)

    async def _flush(self, *, always: bool = False) -> None:
        """Write the results that wait and the events that are new."""
        async with self._writing:
            grows = False
            async with self._deciding:
                message, self._results = self._results, b""
                if self._cursor is not None:
                    if self._cursor:
                        check_kept(self._core, self._cursor)
                    assert self._view is not None
                    batch = self._view.after(self._cursor, self._batch_bytes.now)
                    self._cursor = batch.resume_lsn
                    grows = batch.count > 0
                    if message or batch.count or always:
                        message += batch.data + varint_field(_RESUME_LSN, self._cursor)
            if message:
                await write(self._context, message)
            if grows:
                self._batch_bytes.grow()


def _subscription(request: bytes) -> order_entry.Subscription | None:
    try:
        return subscription_of(request)
    except DecodeError as error:
        raise ApiError(
            Problem.MALFORMED,
            f"expected the bytes of a gateway.v1.TradeRequest, were {len(request)} others; "
            "nothing of this message was done, and what came before it stands",
        ) from error
