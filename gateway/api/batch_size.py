"""How much goes into one message of a stream.

On a line that breaks before a whole batch is through, a client would resume from the same point for ever. So a stream
begins small, and each message that got through doubles what the next may hold.
"""

from __future__ import annotations

__all__ = ["FIRST_BYTES", "FIRST_ROWS", "BatchSize"]

FIRST_BYTES = 2_048
FIRST_ROWS = 8


class BatchSize:
    """Begins with `first` and doubles up to `most`, of whatever is counted."""

    def __init__(self, first: int, most: int) -> None:
        self._most = most
        self.now = min(first, most)
        """What the next message may hold."""

    def grow(self) -> None:
        """Allow twice as much from now on: a message got through."""
        self.now = min(2 * self.now, self._most)
