"""Requests of a stream, read while earlier ones are decided and answered.

What has come meanwhile is decided together and answered in one message: a write costs the connection, and the threads
behind it, as much for one result as for a hundred. How much is read ahead is bounded, so a client whose results nobody
takes is not read any further, as the connection's own flow control then tells it.
"""

from __future__ import annotations

import asyncio
from collections import deque

from gateway.api.call import Context

__all__ = ["ReadAhead"]

_BYTES_MAX = 64 << 10
"""Once so much waits, nothing more is read; so it is this and one message at most."""


class ReadAhead:
    """The requests of one stream, in their order. `run` is a task of its own; one other task takes them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._ended = False
        self._came = asyncio.Event()
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Read until the client ends its side."""
        while isinstance(request := await self._context.read(), bytes):  # else grpc.aio.EOF
            self._waiting.append(request)
            self._bytes += len(request)
            if not self._came.is_set():  # somebody waits for just this one
                self._came.set()
                await asyncio.sleep(0)  # it is decided, and its answer under way, before the next read costs time
            while self._bytes > _BYTES_MAX:
                self._room.clear()
                await self._room.wait()
        self._ended = True
        self._came.set()

    async def next(self) -> bytes | None:
        """Wait for the next request; None once the client has ended its side and all were taken."""
        while not self._waiting and not self._ended:
            self._came.clear()
            await self._came.wait()
        return self.next_now()

    def next_now(self) -> bytes | None:
        """Take the next request where it is there already."""
        if not self._waiting:
            return None
        request = self._waiting.popleft()
        self._bytes -= len(request)
        self._room.set()
        return request
