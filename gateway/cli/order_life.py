"""The whole life of an order: every event and every FIX message of it, in the journal's order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.cli.journal_source import read_records
from gateway.cli.journal_text import MESSAGES, Names, body_of, event_of
from gateway.core import JournalReader, JournalRecord
from gateway.v1 import events_pb2

__all__ = ["Chapter", "order_life"]

_IDS = re.compile(rb"\x01(11|41|37|19|17)=([^\x01]*)")
_CL_ORD_ID, _ORIG_CL_ORD_ID, _ORDER_ID = b"11", b"41", b"37"
_NO_IDS = frozenset({b"", b"NONE", b"UNKNOWN", b"0"})


@dataclass(frozen=True)
class Chapter:
    """One record: an event, or a FIX message (then `event` is None)."""

    record: JournalRecord
    event: events_pb2.Event | None
    session: str


class _Ids:
    """The ids that an order has had: its ClOrdIDs, and its OrderIDs by session."""

    def __init__(self) -> None:
        self.cl_ord_ids: set[bytes] = set()
        self.venue_order_ids: set[tuple[int, bytes]] = set()

    def learn(self, event: events_pb2.Event) -> None:
        body = body_of(event)
        fields = body.DESCRIPTOR.fields_by_name
        for name in ("cl_ord_id", "orig_cl_ord_id"):
            if name in fields and getattr(body, name):
                self.cl_ord_ids.add(getattr(body, name).encode())

    def has(self, record: JournalRecord) -> bool:
        """Tell whether a message is of the order; learns the venue's id from it."""
        found = _IDS.findall(record.payload)
        mine = any(tag in (_CL_ORD_ID, _ORIG_CL_ORD_ID) and value in self.cl_ord_ids for tag, value in found)
        venue = [(record.session, value) for tag, value in found if tag == _ORDER_ID and value not in _NO_IDS]
        if mine:
            self.venue_order_ids.update(venue)
        return mine or any(one in self.venue_order_ids for one in venue)


def order_life(reader: JournalReader, order_id: int, *, from_lsn: int = 0) -> Iterator[Chapter]:
    """Give the records of an order, by the gateway's id, as of lsn order.

    A message stands in the same batch as its events and may come before them; so batches are looked at whole.
    """
    names, ids = Names(), _Ids()
    batch: list[JournalRecord] = []
    for record in read_records(reader, from_lsn):
        batch.append(record)
        if record.ends_batch:
            yield from _of_order(batch, order_id, ids, names)
            batch = []


def _of_order(batch: list[JournalRecord], order_id: int, ids: _Ids, names: Names) -> Iterator[Chapter]:
    events: dict[int, events_pb2.Event] = {}
    for record in batch:
        event = event_of(record)
        if event is None:
            continue
        names.learn(event)
        if _order_id(event) == order_id or _is_held(event, order_id):
            events[record.lsn] = event
            ids.learn(event)
    if not events and not ids.cl_ord_ids:
        return
    for record in batch:
        if record.lsn in events:
            yield Chapter(record, events[record.lsn], "")
        elif record.kind in MESSAGES and ids.has(record):
            yield Chapter(record, None, names.session(record.session))


def _order_id(event: events_pb2.Event) -> int:
    body = body_of(event)
    return int(body.order_id) if "order_id" in body.DESCRIPTOR.fields_by_name else 0  # type: ignore[attr-defined]


def _is_held(event: events_pb2.Event, order_id: int) -> bool:
    """Tell whether a link that was accepted holds the order."""
    if event.WhichOneof("body") != "link_accepted":
        return False
    return any(getattr(order, "order_id", 0) == order_id for order in event.link_accepted.orders)
