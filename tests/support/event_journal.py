"""A journal in memory that holds real events: the projector's port, without the core behind it."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.v1 import events_pb2, order_entry_pb2

START_NS = 1_700_000_000_123_456_789


@dataclass(frozen=True)
class Batch:
    data: bytes
    count: int
    resume_lsn: int


class EventJournal:
    """Events by lsn; `skip` leaves lsns out, as the FIX messages in a real journal do."""

    def __init__(self, prefix: str = "J1") -> None:
        self._lsns: list[int] = []
        self._encoded: list[bytes] = []
        self._committed_lsn = 0
        self._oldest_lsn = 1
        if prefix:
            started = events_pb2.GatewayStarted(version="0.1.0", cl_ord_id_prefix=prefix)
            self.add(events_pb2.Event(gateway_started=started))

    def add(self, event: events_pb2.Event) -> int:
        """Append an event; sets its lsn, and its time unless it has one."""
        self._committed_lsn += 1
        event.lsn = self._committed_lsn
        if not event.HasField("time"):
            event.time.CopyFrom(timestamp(START_NS + event.lsn * 1_001))
        self._lsns.append(event.lsn)
        self._encoded.append(order_entry_pb2.TradeResponse(events=[event]).SerializeToString())
        return event.lsn

    def skip(self, count: int = 1) -> None:
        self._committed_lsn += count

    def archive_before(self, lsn: int) -> None:
        keep = bisect.bisect_left(self._lsns, lsn)
        del self._lsns[:keep], self._encoded[:keep]
        self._oldest_lsn = lsn

    def cut_after(self, lsn: int) -> None:
        """Lose the end, as a machine that lost power may."""
        keep = bisect.bisect_right(self._lsns, lsn)
        del self._lsns[keep:], self._encoded[keep:]
        self._committed_lsn = lsn

    def events(self, after_lsn: int, client: str | None, max_bytes: int = 256 * 1024) -> Batch:
        assert client is None
        first = last = bisect.bisect_right(self._lsns, after_lsn)
        size = 0
        while last < len(self._lsns) and (last == first or size + len(self._encoded[last]) <= max_bytes):
            size += len(self._encoded[last])
            last += 1
        is_end = last == len(self._lsns)
        resume_lsn = self._committed_lsn if is_end else self._lsns[last - 1]
        return Batch(b"".join(self._encoded[first:last]), last - first, max(resume_lsn, after_lsn))

    def committed_lsn(self) -> int:
        return self._committed_lsn

    def oldest_lsn(self) -> int:
        return self._oldest_lsn

    @property
    def count(self) -> int:
        return len(self._lsns)


def timestamp(at_ns: int) -> Timestamp:
    return Timestamp(seconds=at_ns // 1_000_000_000, nanos=at_ns % 1_000_000_000)
