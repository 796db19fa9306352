"""Requests of a stream, read while earlier ones are decided and answered.

What has come meanwhile is decided together and answered in one message: a write costs the connection, and the threads
behind it, as much for one result as for a hundred. How much is read ahead is bounded, so a client whose results nobody
takes is not read any further, as the connection's own flow control then tells it.

A client that sends its next request only when it has its answer has nothing to read ahead, and would pay for a second
task on every request. So where a run of requests found somebody waiting for just them, the reader steps aside, and
whoever wants a request reads it itself; now and then the reader looks again.
"""

from __future__ import annotations

import asyncio
from collections import deque

from gateway.api.call import Context

__all__ = ["ReadAhead"]

_BYTES_MAX = 64 << 10
"""Once so much waits, nothing more is read; so it is this and one message at most."""

_ALONE_COUNT = 16
"""Requests in a row that were waited for, before the reader steps aside."""

_ALONE_BYTES_MAX = 1024
"""Larger ones take long to decide, and the next is well read meanwhile."""

_DIRECT_COUNT = 64
"""Requests that are read without it, before it looks again."""


class ReadAhead:
    """The requests of one stream, in their order. `run` is a task of its own; one other task takes them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._ended = False
        self._came = asyncio.Event()
        self._room = asyncio.Event()
        self._alone_count = 0
        self._direct_left = 0
        """Requests to be read without the reader; 0 while it reads."""
        self._back = asyncio.Event()

    async def run(self) -> None:
        """Read until the client ends its side."""
        while not self._ended and (request := await self._read()) is not None:
            alone = not self._came.is_set() and len(request) <= _ALONE_BYTES_MAX
            self._alone_count = self._alone_count + 1 if alone else 0
            self._waiting.append(request)
            self._bytes += len(request)
            self._came.set()
            if self._alone_count == _ALONE_COUNT:
                self._alone_count, self._direct_left = 0, _DIRECT_COUNT
                self._back.clear()
                await self._back.wait()
            while self._bytes > _BYTES_MAX:
                self._room.clear()
                await self._room.wait()
        self._came.set()

    async def next(self) -> bytes | None:
        """Wait for the next request; None once the client has ended its side and all were taken."""
        if self._direct_left and not self._waiting:
            self._direct_left -= 1
            request = await self._read()
            if not self._direct_left or self._ended:
                self._direct_left = 0
                self._back.set()
            return request
        while not self._waiting and not self._ended:
            self._came.clear()
            await self._came.wait()
        return self.next_now()

    @property
    def is_waiting(self) -> bool:
        """Whether a request is there already."""
        return bool(self._waiting)

    def next_now(self) -> bytes | None:
        """Take the next request where it is there already."""
        if not self._waiting:
            return None
        request = self._waiting.popleft()
        self._bytes -= len(request)
        self._room.set()
        return request

    async def _read(self) -> bytes | None:
        request = await self._context.read()
        if isinstance(request, bytes):
            return request
        self._ended = True  # grpc.aio.EOF
        return None
