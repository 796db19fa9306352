"""Reads events from a journal's files: without a running gateway, or in a process beside it.

A projector in the gateway's process shares the interpreter with everything that answers clients. With one of
its own it takes none of their time; the journal's readers need no lock, and a gateway does not notice them.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

from gateway.core import JournalReader, RecordKind

__all__ = ["JournalSource"]

# Between two events there may be any number of FIX messages; a call ends after so many records of any kind.
RECORDS_MAX = 4_096
RECORDS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class _Batch:
    data: bytes
    count: int
    resume_lsn: int


class JournalSource:
    """An EventSource over a JournalReader. Not for several threads at once."""

    def __init__(self, path: str | PathLike[str], *, durable: bool = False) -> None:
        """Open the journal; `durable`: only what was synced. Raises JournalError."""
        self._reader = JournalReader(path, durable=durable)
        self._durable = durable

    def events(self, after_lsn: int, client: str | None, max_bytes: int = 256 * 1024) -> _Batch:
        """Read events after an lsn. All clients' only: the names behind the numbers stand in events
        themselves.
        """
        if client is not None:
            raise ValueError(
                f"expected no client, was {client}; ask the gateway for the events of one client"
            )
        parts: list[bytes] = []
        size = looked_at = 0
        resume_lsn = after_lsn
        while looked_at < RECORDS_MAX:
            records = self._reader.read(resume_lsn + 1, RECORDS_AT_ONCE)
            if not records:
                break
            for record in records:
                if record.kind == RecordKind.EVENT:
                    payload = record.payload
                    if parts and size + len(payload) > max_bytes:
                        return _Batch(b"".join(parts), len(parts), resume_lsn)
                    parts.append(payload)
                    size += len(payload)
                resume_lsn = record.lsn
            looked_at += len(records)
        return _Batch(b"".join(parts), len(parts), resume_lsn)

    def committed_lsn(self) -> int:
        """The lsn of the newest record that this reads."""
        return self._reader.durable_lsn if self._durable else self._reader.committed_lsn

    def oldest_lsn(self) -> int:
        """The lsn of the oldest record that is still there."""
        return self._reader.oldest_lsn
