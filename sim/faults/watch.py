"""Somebody who looks on, and changes nothing."""

from typing import Protocol

from sim.faults.when import Seen

__all__ = ["Watcher"]


class Watcher(Protocol):
    """Told of every message at every point, and of time."""

    def saw(self, seen: Seen, now: int) -> None: ...
    def tick(self, now: int) -> None: ...
    def due_at(self) -> int | None: ...
