"""Streams that only send: from the journal, as it grows, with heartbeats.

Nothing is queued for a stream: what its reader has not taken waits in the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import grpc.aio

from gateway.api.batch_size import BatchSize
from gateway.api.bell import Bell
from gateway.api.call import Call, Context
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.resume import announce_journal, check_kept
from gateway.api.streams import OpenStreams
from gateway.api.wire import varint_field

__all__ = ["EventStreams", "ReadOn", "write"]

ReadOn = Callable[[int, int], tuple[bytes, int, int]]
"""From an lsn and the size of a batch to what came after it: bytes of the response, how many are in it, and how far
was looked.
"""


class EventStreams:
    """What the sending streams of a server share."""

    def __init__(self, core: Core, bell: Bell, streams: OpenStreams, batch_bytes: int) -> None:
        self._core = core
        self._bell = bell
        self._streams = streams
        self.batch_bytes = batch_bytes
        """Read from the journal for one message, at most."""

    async def serve(
        self,
        call: Call,
        context: Context,
        cursor: int,
        read_on: ReadOn,
        resume_field: int,
        batch: BatchSize,
        first: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Send what comes after `cursor`, each message with how far it goes in field `resume_field`; before it what
        `first` sends. `batch` is the size that `read_on` is given.
        """

        async def work(_: asyncio.TaskGroup) -> None:
            await announce_journal(self._core, context)
            if first is not None:
                await first()
            await self._send(context, cursor, read_on, resume_field, batch)

        await self._streams.run(call.caller.client, work)

    async def _send(
        self, context: Context, cursor: int, read_on: ReadOn, resume_field: int, batch: BatchSize
    ) -> None:
        beats = -1  # the first message goes out whatever there is
        while True:
            ring = self._bell.next_ring()
            if cursor:
                check_kept(self._core, cursor)
            data, count, moved_to = read_on(cursor, batch.now)
            moved, cursor = moved_to != cursor, moved_to
            if count or beats != self._bell.beats:
                if beats >= 0:
                    await self._bell.turn()
                beats = self._bell.beats
                await write(context, data + varint_field(resume_field, cursor))
                if count:
                    batch.grow()
            if moved or not self._bell.arm(cursor):
                await asyncio.sleep(0)
            else:
                await self._bell.wait(ring)


async def write(context: Context, message: bytes) -> None:
    """Write one message; raises ApiError where the connection ended."""
    try:
        await context.write(message)
    except grpc.aio.InternalError as error:  # how grpc says that the connection broke
        raise ApiError(Problem.CLIENT_GONE, "the connection ended") from error
