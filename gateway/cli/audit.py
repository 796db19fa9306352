"""`gateway audit`: who did what, as the journal has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from gateway.cli.event_text import time_text
from gateway.cli.journal_source import (
    JournalFolder,
    first_lsn_at,
    journal_errors,
    journal_folder,
    read_records,
    time_ns,
)
from gateway.cli.journal_text import body_of, event_name, event_of, fields_text
from gateway.cli.options import Config, Json
from gateway.cli.output import print_table
from gateway.core import JournalReader
from gateway.v1 import events_pb2

__all__ = ["register"]

_EPILOG = """\
Examples:

gateway audit --since 2026-11-21

gateway audit --by alice --json

gateway audit --orders --by desk --from-lsn 1
"""

_PERSON_FIELDS = ("changed_by", "resolved_by", "approved_by", "proposed_by", "decided_by", "caller", "person")
"""Where an event says who did it, in this order."""

_ORDER_EVENTS = frozenset(
    {"OrderAccepted", "OrderDenied", "ReplaceRequested", "CancelRequested", "RequestDenied", "LinkAccepted"}
)
_OWN_EVENTS = frozenset({"GatewayStarted"})
"""What the gateway itself did and auditors ask for."""

_CALLS = frozenset({"ApiCalled", "ClientConnected", "ClientDisconnected"})
"""What the API records of clients: who, from where, which method, whether it was refused."""


@dataclass(frozen=True)
class Deed:
    """One thing that somebody did."""

    lsn: int
    time: str
    by: str
    what: str
    reason: str
    details: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit", epilog=_EPILOG)(_audit)


def _audit(
    by: Annotated[str, typer.Option("--by", help="Only of this person or client.")] = "",
    kind: Annotated[
        list[str] | None, typer.Option("--kind", "-k", help="Only such events; repeatable.")
    ] = None,
    orders: Annotated[
        bool, typer.Option("--orders", help="Orders, replaces and cancels of clients as well.")
    ] = False,
    from_lsn: Annotated[int, typer.Option("--from-lsn", min=0, help="Begin with this lsn.")] = 0,
    since: Annotated[str, typer.Option("--since", help="At or after this time, in UTC.")] = "",
    until: Annotated[str, typer.Option("--until", help="Before this time, in UTC.")] = "",
    journal: JournalFolder = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List who did what: kill switch, limits, operators' decisions, sessions, prices; with --orders what clients did.

    Reads the journal, oldest first; the gateway need not run. --json prints one object a line.
    """
    folder = journal_folder(journal, config)
    wanted = frozenset(kind or ())
    with journal_errors(folder):
        reader = JournalReader(folder)
        begin = max(from_lsn, first_lsn_at(reader, time_ns(since)) if since else 0)
        last = first_lsn_at(reader, time_ns(until)) - 1 if until else reader.committed_lsn
        found = _deeds(reader, begin, last, orders)
        deeds = (deed for deed in found if (not by or deed.by == by) and (not wanted or deed.what in wanted))
        if as_json:
            for deed in deeds:
                print(json.dumps(asdict(deed), ensure_ascii=False))
            return
        rows = ((str(deed.lsn), deed.time, deed.by, deed.what, deed.reason, deed.details) for deed in deeds)
        columns = (">lsn", "time (UTC)", "by", "what", "reason", "details")
        print_table(columns, rows, empty="nobody did anything that is audited")


def _deeds(reader: JournalReader, begin: int, last: int, orders: bool) -> Iterator[Deed]:
    owners: dict[int, str] = {}
    first = 0 if orders else begin  # a replace does not say whose it is: its order does
    for record in read_records(reader, first, to_lsn=last):
        event = event_of(record)
        if event is None:
            continue
        name, body = event_name(event), body_of(event)
        if name in _ORDER_EVENTS:
            by = _owner(body, owners)
            if orders and record.lsn >= begin:
                yield _deed(event, by)
            continue
        fields = body.DESCRIPTOR.fields_by_name
        person = next((getattr(body, field) for field in _PERSON_FIELDS if field in fields), None)
        if person is None and name in _OWN_EVENTS:
            person = "gateway"
        if name in _CALLS:
            person = getattr(body, "client", "") or "(unknown)"
        if person is not None and record.lsn >= begin:
            yield _deed(event, str(person))


def _owner(body: Any, owners: dict[int, str]) -> str:
    fields = body.DESCRIPTOR.fields_by_name
    order_id = body.order_id if "order_id" in fields else 0
    if "client" in fields and body.client:
        owners[order_id] = body.client
        return str(body.client)
    return owners.get(order_id, "")


def _deed(event: events_pb2.Event, by: str) -> Deed:
    body = body_of(event)
    shown = type(body)()
    shown.CopyFrom(body)
    for field in (*_PERSON_FIELDS, "reason"):
        if field in body.DESCRIPTOR.fields_by_name:
            shown.ClearField(field)
    reason = getattr(body, "reason", "")
    return Deed(
        event.lsn,
        time_text(event.time.ToNanoseconds()),
        by,
        event_name(event),
        reason if isinstance(reason, str) else "",
        fields_text(shown),
    )
