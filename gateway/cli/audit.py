"""`gateway audit`: who did what, as the journal has it, or the Audit service of a running gateway."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from gateway.cli.connection import Connection, connect
from gateway.cli.event_text import time_text
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.journal_source import (
    JournalFolder,
    first_lsn_at,
    journal_errors,
    journal_folder,
    read_records,
    time_ns,
)
from gateway.cli.journal_text import body_of, event_name, event_of, fields_text
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import print_table
from gateway.core import JournalReader
from gateway.v1 import audit_pb2, events_pb2

__all__ = ["register"]

_EPILOG = """\
Examples:

gateway audit --since 2026-11-21

gateway audit --by alice --json

gateway audit --orders --by desk --from-lsn 1

gateway audit --address 127.0.0.1:7010 --client ops
"""

_PAGE_SIZE = 1000

_PERSON_FIELDS = (
    "changed_by",
    "granted_by",
    "ended_by",
    "resolved_by",
    "approved_by",
    "proposed_by",
    "decided_by",
    "caller",
    "person",
)
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
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List who did what: kill switch, limits, operators' decisions, sessions, prices; with --orders what clients did.

    Reads the journal, oldest first; the gateway need not run. With --address or --client it asks the Audit service of a
    running gateway instead, as a client with the right admin. --json prints one object a line.
    """
    wanted = frozenset(kind or ())
    asked = _Asked(from_lsn, time_ns(since) if since else 0, time_ns(until) if until else 0, orders)
    if address or client:
        if journal is not None:
            raise CommandFailure(
                "--journal reads a folder, --address and --client ask a running gateway: give either",
                ExitCode.USAGE,
            )
        with connect(config, address, client) as connection:
            _print(_deeds(_queried(connection, asked), asked), by, wanted, as_json)
        return
    folder = journal_folder(journal, config)
    with journal_errors(folder):
        _print(_deeds(_read(JournalReader(folder), asked), asked), by, wanted, as_json)


@dataclass(frozen=True)
class _Asked:
    from_lsn: int
    since_ns: int
    """0 for the beginning."""
    until_ns: int
    """0 for the end."""
    orders: bool


def _print(found: Iterable[Deed], by: str, wanted: frozenset[str], as_json: bool) -> None:
    deeds = (deed for deed in found if (not by or deed.by == by) and (not wanted or deed.what in wanted))
    if as_json:
        for deed in deeds:
            print(json.dumps(asdict(deed), ensure_ascii=False))
        return
    rows = ((str(deed.lsn), deed.time, deed.by, deed.what, deed.reason, deed.details) for deed in deeds)
    columns = (">lsn", "time (UTC)", "by", "what", "reason", "details")
    print_table(columns, rows, empty="nobody did anything that is audited")


def _read(reader: JournalReader, asked: _Asked) -> Iterator[events_pb2.Event]:
    """Read the journal; with orders from its beginning, since a replace does not say whose it is: its order does."""
    first = first_lsn_at(reader, asked.since_ns) if asked.since_ns else 0
    begin = 0 if asked.orders else max(asked.from_lsn, first)
    last = first_lsn_at(reader, asked.until_ns) - 1 if asked.until_ns else reader.committed_lsn
    for record in read_records(reader, begin, to_lsn=last):
        event = event_of(record)
        if event is not None:
            yield event


def _queried(connection: Connection, asked: _Asked) -> Iterator[events_pb2.Event]:
    """Ask for the events page by page, and only for those that somebody may have done. Raises grpc.RpcError."""
    which = audit_pb2.EventFilter(kinds=_kinds(orders=asked.orders))
    if asked.since_ns and not asked.orders:
        getattr(which, "from").FromNanoseconds(asked.since_ns)
    if asked.until_ns:
        which.before.FromNanoseconds(asked.until_ns)
    request = audit_pb2.QueryEventsRequest(filter=which, oldest_first=True, page_size=_PAGE_SIZE)
    if not asked.orders:
        request.from_lsn = asked.from_lsn
    while True:
        answer = connection.ask("Audit/QueryEvents", request, audit_pb2.QueryEventsResponse)
        yield from answer.events
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def _kinds(*, orders: bool) -> list[str]:
    """The members of Event.body that name somebody who did it."""
    kinds = []
    for field in events_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields:
        body = field.message_type
        assert body is not None  # every member is a message
        by_person = any(name in body.fields_by_name for name in _PERSON_FIELDS)
        if body.name in _ORDER_EVENTS:
            by_person = orders
        if by_person or body.name in _OWN_EVENTS | _CALLS:
            kinds.append(field.name)
    return kinds


def _deeds(found: Iterable[events_pb2.Event], asked: _Asked) -> Iterator[Deed]:
    owners: dict[int, str] = {}
    for event in found:
        is_asked = event.lsn >= asked.from_lsn and event.time.ToNanoseconds() >= asked.since_ns
        name, body = event_name(event), body_of(event)
        if name in _ORDER_EVENTS:
            by = _owner(body, owners)
            if asked.orders and is_asked:
                yield _deed(event, by)
            continue
        fields = body.DESCRIPTOR.fields_by_name
        person = next((getattr(body, field) for field in _PERSON_FIELDS if field in fields), None)
        if person is None and name in _OWN_EVENTS:
            person = "gateway"
        if name in _CALLS:
            person = getattr(body, "client", "") or "(unknown)"
        if person is not None and is_asked:
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
        # Who approved what somebody else did is a detail of it.
        is_detail = field == "approved_by" and getattr(body, field, by) != by
        if field in body.DESCRIPTOR.fields_by_name and not is_detail:
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
