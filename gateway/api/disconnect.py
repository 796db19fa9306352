"""Cancels a client's open orders when its streams of commands have ended, where it or its configuration asks for that.

Within the grace time a client that comes back keeps its orders. Nothing is canceled where the gateway itself stops:
what the venues promise on a disconnect counts then.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

__all__ = ["DisconnectGuard"]


class DisconnectGuard:
    """Counts streams by client. For one event loop."""

    def __init__(self, cancel_orders: Callable[[str], int], always: Mapping[str, float]) -> None:
        """`always`: clients whose configuration asks for it -> their grace time in seconds."""
        self._cancel_orders = cancel_orders
        self._always = always
        self._open: Counter[str] = Counter()
        self._asked: dict[str, float] = {}
        self._waiting: dict[str, asyncio.TimerHandle] = {}

    def opened(self, client: str) -> None:
        """Take note of a stream; a cancel that waits for its grace time is given up."""
        self._open[client] += 1
        self._asked.pop(client, None)
        if timer := self._waiting.pop(client, None):
            timer.cancel()

    def ended(self, client: str, asked_grace_s: float | None, *, stopping: bool) -> None:
        """Cancel, at once or after the grace time, where this was the last stream.

        The shortest time counts of those that were asked for by the streams that have ended since the client last
        opened one: streams that end together may be seen to end in any order.
        """
        self._open[client] -= 1
        if asked_grace_s is not None:
            self._asked[client] = min(asked_grace_s, self._asked.get(client, asked_grace_s))
        if stopping or self._open[client]:
            return
        del self._open[client]
        graces = [
            grace for grace in (self._asked.pop(client, None), self._always.get(client)) if grace is not None
        ]
        if not graces:
            return
        if min(graces) <= 0:
            self._cancel_orders(client)
        else:
            loop = asyncio.get_running_loop()
            self._waiting[client] = loop.call_later(min(graces), self._cancel, client)

    def stop(self) -> None:
        """Give up what waits."""
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()

    def _cancel(self, client: str) -> None:
        self._waiting.pop(client, None)
        self._cancel_orders(client)
