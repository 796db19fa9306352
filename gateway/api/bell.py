"""Wakes the readers of the journal when something was committed.

One file descriptor of the core and one reader of the event loop serve every stream. A ring carries no data:
whoever is woken reads on from its own cursor, so any number of commits between two turns of the loop costs
one wake-up, and a slow stream has nothing queued for it anywhere.

Streams that were woken together go on one in each turn of the loop (`turn`), so that an order that comes meanwhile
waits for one of them and not for all.
"""

import asyncio
import os
from collections import deque
from contextlib import suppress

from gateway.api.core_port import Core

__all__ = ["Bell"]


class Bell:
    """Rings when the core commits, when the heartbeat is due, and when the server stops.

    Belongs to one event loop; not for other threads.
    """

    def __init__(self, core: Core, heartbeat_s: float) -> None:
        self._core = core
        self._heartbeat_s = heartbeat_s
        self._next_ring = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._queue: deque[asyncio.Future[None]] = deque()
        self._turn_taken = False
        self.beats = 0
        """Heartbeats due so far."""

    def open(self) -> None:
        """Listen to the core."""
        loop = asyncio.get_running_loop()
        os.set_blocking(self._core.event_fd(), False)
        loop.add_reader(self._core.event_fd(), self._committed)
        self._timer = loop.call_later(self._heartbeat_s, self._beat)

    def close(self) -> None:
        """Stop listening; whoever waits is woken once more."""
        asyncio.get_running_loop().remove_reader(self._core.event_fd())
        if self._timer is not None:
            self._timer.cancel()
        self._ring()

    def next_ring(self) -> asyncio.Event:
        """Get what the next ring will set. Take it before looking at the journal: then no ring is missed."""
        return self._next_ring

    async def turn(self) -> None:
        """Wait until no other stream goes on in this turn of the event loop; in the order of the calls."""
        loop = asyncio.get_running_loop()
        if not self._turn_taken:
            self._turn_taken = True
            loop.call_soon(self._next_turn)
            return
        mine = loop.create_future()
        self._queue.append(mine)
        await mine

    def _next_turn(self) -> None:
        while self._queue:
            following = self._queue.popleft()
            if not following.done():  # else its stream has ended
                following.set_result(None)
                asyncio.get_running_loop().call_soon(self._next_turn)
                return
        self._turn_taken = False

    def arm(self, after_lsn: int) -> bool:
        """Ask the core to ring for what comes after an lsn; False where that is there already."""
        return self._core.arm_event_fd(after_lsn)

    def _committed(self) -> None:
        with suppress(BlockingIOError):  # the core may have cleared it already
            os.read(self._core.event_fd(), 8)
        self._ring()

    def _beat(self) -> None:
        self.beats += 1
        self._timer = asyncio.get_running_loop().call_later(self._heartbeat_s, self._beat)
        self._ring()

    def _ring(self) -> None:
        self._next_ring.set()
        self._next_ring = asyncio.Event()
