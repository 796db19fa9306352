"""Wakes the readers of the journal when something was committed.

One file descriptor of the core and one reader of the event loop serve every stream. A ring carries no data:
whoever is woken reads on from its own cursor, so any number of commits between two turns of the loop costs
one wake-up, and a slow stream has nothing queued for it anywhere.

Streams that were woken together write one after the other, a turn of the loop apart (`turn`), and while orders come
only a few of them in a millisecond: each event that is written takes processor time of this process and of whoever
reads it, and an order that comes meanwhile waits for one write, not for twenty and twenty readers. A stream that finds
nothing for itself writes nothing and takes no turn.

And they are woken behind the answer to an order, not beside it, on its way to its client. So what is committed within
HOLD_S of a decision rings once no order was decided for so long, at the latest HOLD_MAX_S after it was committed.
Streams that send orders themselves are not held and take no turn, nor is anybody held where only few streams wait.
"""

import asyncio
import os
from collections import deque
from contextlib import suppress

from gateway.api.core_port import Core

__all__ = ["FEW_STREAMS", "HOLD_MAX_S", "HOLD_S", "ORDERS_COME_S", "PAUSES_A_ROUND", "PAUSE_S", "Bell"]

HOLD_S = 0.001
HOLD_MAX_S = 0.002
FEW_STREAMS = 4
"""So many may be woken at any time."""
ORDERS_COME_S = 0.02
"""Orders are coming as long as the last one was decided within this time."""
PAUSE_S = 0.001
"""Between a few streams and the next few while orders come; no timer of the loop is finer."""
PAUSES_A_ROUND = 5
"""So many streams write together that all have written after so many pauses."""


class Bell:
    """Rings when the core commits, when the heartbeat is due, and when the server stops.

    Belongs to one event loop; not for other threads.
    """

    def __init__(self, core: Core, heartbeat_s: float) -> None:
        self._core = core
        self._heartbeat_s = heartbeat_s
        self._next_ring = asyncio.Event()
        self._traders_ring = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = 0
        """Streams that wait for `_next_ring`."""
        self._held: asyncio.TimerHandle | None = None
        self._held_since_s = 0.0
        self._decided_s = float("-inf")
        """When the last order was decided."""
        self._queue: deque[asyncio.Future[None]] = deque()
        """Streams that have something to write and wait for their turn."""
        self._round: asyncio.Handle | None = None
        """What calls the next of them; None where nobody has to wait."""
        self._together = 0
        """How many write before the next pause, and how many of them have not yet."""
        self._left = 0
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
        for timer in (self._timer, self._held):
            if timer is not None:
                timer.cancel()
        self._ring()

    def next_ring(self, *, trades: bool = False) -> asyncio.Event:
        """Get what the next ring will set. Take it before looking at the journal: then no ring is missed.

        `trades`: of a stream that sends orders itself, and is woken at once.
        """
        return self._traders_ring if trades else self._next_ring

    async def wait(self, ring: asyncio.Event) -> None:
        """Wait for a ring that was got from `next_ring`."""
        held = ring is self._next_ring
        self._waiting += held
        try:
            await ring.wait()
        finally:
            self._waiting -= held

    def decided(self) -> None:
        """Tell that a client's command was decided, whose answer is to come before others' events."""
        self._decided_s = asyncio.get_running_loop().time()

    async def turn(self) -> None:
        """Wait until this stream may write; in the order of the calls."""
        if self._round is None:
            self._together = 1
            self._left = 0
            self._round = asyncio.get_running_loop().call_soon(self._next_turn)
            return
        mine = asyncio.get_running_loop().create_future()
        self._queue.append(mine)
        await mine

    def _next_turn(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue and self._queue[0].done():  # its stream has ended
            self._queue.popleft()
        if not self._queue:
            self._round = None
            return
        if self._left == 0:
            self._together = max(self._together, -(-len(self._queue) // PAUSES_A_ROUND))
            self._left = self._together
        self._queue.popleft().set_result(None)
        self._left -= 1
        if self._left == 0 and loop.time() < self._decided_s + ORDERS_COME_S:
            self._round = loop.call_later(PAUSE_S, self._next_turn)
        else:
            self._round = loop.call_soon(self._next_turn)

    def arm(self, after_lsn: int) -> bool:
        """Ask the core to ring for what comes after an lsn; False where that is there already."""
        return self._core.arm_event_fd(after_lsn)

    def _committed(self) -> None:
        with suppress(BlockingIOError):  # the core may have cleared it already
            os.read(self._core.event_fd(), 8)
        self._ring_traders()
        if self._held is None:
            self._held_since_s = asyncio.get_running_loop().time()
            self._ring_once_quiet()

    def _ring_once_quiet(self) -> None:
        loop = asyncio.get_running_loop()
        rings_at_s = min(self._decided_s + HOLD_S, self._held_since_s + HOLD_MAX_S)
        if self._waiting <= FEW_STREAMS or loop.time() >= rings_at_s:
            self._ring()
        else:
            self._held = loop.call_at(rings_at_s, self._ring_once_quiet)

    def _beat(self) -> None:
        self.beats += 1
        self._timer = asyncio.get_running_loop().call_later(self._heartbeat_s, self._beat)
        self._ring()

    def _ring(self) -> None:
        if self._held is not None:
            self._held.cancel()
            self._held = None
        self._next_ring.set()
        self._next_ring = asyncio.Event()
        self._ring_traders()

    def _ring_traders(self) -> None:
        self._traders_ring.set()
        self._traders_ring = asyncio.Event()
