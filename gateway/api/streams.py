"""The streams that are open: how many a client has, and what ends them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from gateway.api.errors import ApiError, Problem

__all__ = ["OpenStreams"]


class OpenStreams:
    """All open streams of a server, of whatever method."""

    def __init__(self, per_client_max: int) -> None:
        self._per_client_max = per_client_max
        self._open: Counter[str] = Counter()
        self._stopping = asyncio.Event()
        self._ending: dict[str, asyncio.Event] = {}

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    async def run(self, client: str, work: Callable[[asyncio.TaskGroup], Awaitable[None]]) -> None:
        """Run one stream until it ends, the gateway stops, or the client's rights change. Raises ApiError."""
        with self._slot(client):
            # Taken before the first await, so that no change of rights falls between the call's entry and here.
            ending = self._ending.setdefault(client, asyncio.Event())
            async with asyncio.TaskGroup() as group:
                ends = (
                    group.create_task(self._raise_when_stopping()),
                    group.create_task(self._raise_when_ending(client, ending)),
                )
                await work(group)
                for end in ends:
                    end.cancel()

    def stop(self) -> None:
        """End every stream with UNAVAILABLE: its client reconnects and resumes."""
        self._stopping.set()

    def end_streams_of(self, client: str) -> None:
        """End the streams that a client has open now, with UNAVAILABLE."""
        if event := self._ending.pop(client, None):
            event.set()

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
        allowed = self._per_client_max
        if self._open[client] >= allowed:
            raise ApiError(
                Problem.TOO_MANY_STREAMS,
                f"client {client!r} has {allowed} streams open, the most allowed; close one first",
                facts={"limit": "streams_per_client_max", "allowed": allowed, "observed": allowed + 1},
            )
        self._open[client] += 1
        try:
            yield
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]
