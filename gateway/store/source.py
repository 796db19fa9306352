"""The port to the journal: where the projector reads events from."""

from __future__ import annotations

from typing import Protocol

__all__ = ["EventBatch", "EventSource"]


class EventBatch(Protocol):
    """Some events, in lsn order."""

    @property
    def data(self) -> bytes:
        """The events as they stand in the journal: the bytes of a TradeResponse with only `events` set."""

    @property
    def count(self) -> int:
        """How many events there are in `data`."""

    @property
    def resume_lsn(self) -> int:
        """Everything up to here was looked at; ask for what comes after it."""


class EventSource(Protocol):
    """A running gateway.core.Gateway, or a reader of a journal on disk."""

    def events(self, after_lsn: int, client: str | None, max_bytes: int = ...) -> EventBatch:
        """Read events after an lsn, all clients' where `client` is None, without waiting for more."""

    def committed_lsn(self) -> int:
        """The lsn of the newest record; 0 where there is none."""

    def oldest_lsn(self) -> int:
        """The lsn of the oldest record that is still there."""
