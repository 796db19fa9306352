"""Wakes the readers of the journal when something was committed.

One file descriptor of the core and one reader of the event loop serve every stream. A ring carries no data:
whoever is woken reads on from its own cursor, so any number of commits between two turns of the loop costs
one wake-up, and a slow stream has nothing queued for it anywhere.

Streams that were woken together go on one after the other, some turns of the loop apart (`turn`): an order that comes
meanwhile waits for one of them and not for all.

And they are woken behind the answer to an order, not beside it: each event that is written takes processor time of this
process and of whoever reads it, and twenty of them at once come between an order's decision and its answer, on the way
to its client. So what is committed within HOLD_S of a decision rings once no order was decided for so long, at the
latest HOLD_MAX_S after it was committed. Streams that send orders themselves are not held, nor is anybody where only
few streams wait.
"""

import asyncio
import os
from collections import deque
from contextlib import suppress

from gateway.api.core_port import Core

__all__ = ["FEW_STREAMS", "HOLD_MAX_S", "HOLD_S", "TURNS_BETWEEN", "Bell"]

HOLD_S = 0.001
HOLD_MAX_S = 0.002
FEW_STREAMS = 4
"""So many may be woken at any time."""
TURNS_BETWEEN = 3
"""Turns of the loop between two streams: an order takes as many from its arrival to its decision, and gets by."""


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
        self._quiet_from_s = 0.0
        """From when no order's answer is on its way any more, as far as is known."""
        self._held: asyncio.TimerHandle | None = None
        self._held_since_s = 0.0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._turn_taken = False
        self._turns_to_pass = 0
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
        self._quiet_from_s = asyncio.get_running_loop().time() + HOLD_S

    async def turn(self) -> None:
        """Wait until no other stream goes on in this turn of the event loop; in the order of the calls."""
        loop = asyncio.get_running_loop()
        if not self._turn_taken:
            self._turn_taken = True
            self._turns_to_pass = TURNS_BETWEEN
            loop.call_soon(self._next_turn)
            return
        mine = loop.create_future()
        self._queue.append(mine)
        await mine

    def _next_turn(self) -> None:
        loop = asyncio.get_running_loop()
        if self._turns_to_pass:
            self._turns_to_pass -= 1
            loop.call_soon(self._next_turn)
            return
        while self._queue:
            following = self._queue.popleft()
            if not following.done():  # else its stream has ended
                following.set_result(None)
                self._turns_to_pass = TURNS_BETWEEN
                loop.call_soon(self._next_turn)
                return
        self._turn_taken = False

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
        rings_at_s = min(self._quiet_from_s, self._held_since_s + HOLD_MAX_S)
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
