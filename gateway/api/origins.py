"""From where a client's commands come: told in the journal before the first one that comes from elsewhere.

An event of a command names its client and not its address. So `ClientConnected` is written whenever the address
changes, and every command is of the newest one of its client. For that no command may be decided between the record of
another address and the command that it was written for: whoever comes from elsewhere waits until what is being decided
on threads is decided. On the loop, where nearly all commands are decided, there is nothing to wait for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from gateway.api.call_record import CallRecord
from gateway.api.off_loop import OffLoop

__all__ = ["Origins"]

Answer = TypeVar("Answer")


class Origins:
    """Has commands decided behind the record of where they come from. Belongs to one event loop."""

    def __init__(self, record: CallRecord, off_loop: OffLoop) -> None:
        self._record = record
        self._off_loop = off_loop
        self._moves: dict[str, asyncio.Lock] = {}
        """Of each client: who comes from elsewhere waits in this order, and so do those behind him."""
        self._none_left: dict[str, asyncio.Event] = {}

    def is_told(self, client: str, peer: str) -> bool:
        """Tell whether a command that is decided in this turn of the loop is behind the record of its origin."""
        return self._record.comes_from(client, peer)

    async def tell(self, client: str, peer: str) -> None:
        """Write that record. The command is to be decided on the loop before anything else is awaited."""
        async with self._move(client):
            await self._until_none_left(client)
            self._record.moved(client, peer)

    async def decide_off_loop(self, client: str, peer: str, command: Callable[[], Answer]) -> Answer:
        """Decide a command on a thread. It is carried to its end there, also where its caller is gone."""
        async with self._move(client):
            if not self._record.comes_from(client, peer):
                await self._until_none_left(client)
                self._record.moved(client, peer)
            self._record.on_threads[client] += 1

        async def work() -> Answer:
            try:
                return await self._off_loop(command)
            finally:
                self._record.on_threads[client] -= 1
                if not self._record.on_threads[client] and client in self._none_left:
                    self._none_left.pop(client).set()

        working = asyncio.ensure_future(work())
        working.add_done_callback(_seen)
        return await asyncio.shield(working)

    def _move(self, client: str) -> asyncio.Lock:
        return self._moves.setdefault(client, asyncio.Lock())

    async def _until_none_left(self, client: str) -> None:
        while self._record.on_threads[client]:
            await self._none_left.setdefault(client, asyncio.Event()).wait()


def _seen(working: asyncio.Future[Answer]) -> None:
    """Whoever waits gets the error; where nobody does any more, asyncio need not complain of it."""
    if not working.cancelled():
        working.exception()
