"""`gateway tail`: events as they happen."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.text import Text

from gateway.cli.connection import Connection, connect
from gateway.cli.event_text import EventFilter, event_line, time_text
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.journal_source import (
    JournalFolder,
    first_lsn_at,
    journal_errors,
    journal_folder,
    names_until,
    read_records,
    time_ns,
)
from gateway.cli.journal_text import KINDS, MESSAGES, Names, body_of, event_name, event_of, fix_text
from gateway.cli.options import Address, AnyClient, Client, Config, Json
from gateway.client.identity import Identity
from gateway.core import JournalReader, JournalRecord
from gateway.v1 import audit_pb2, events_pb2, order_entry_pb2

__all__ = ["event_kinds", "register"]

_EPILOG = """\
Examples:

gateway tail

gateway tail --kind ExecutionReported --instrument AAPL

gateway tail --from-lsn 1 --no-follow --json > events.jsonl

gateway tail --order 17 --messages --from-lsn 1
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tail", epilog=_EPILOG)(_tail)


def _tail(
    from_lsn: Annotated[
        int | None, typer.Option("--from-lsn", min=0, help="Begin with this lsn (default: the newest few).")
    ] = None,
    since: Annotated[str, typer.Option("--since", help="Begin with this time, in UTC.")] = "",
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, help="Begin with so many of the newest.")
    ] = 10,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", "-f/-F", help="Wait for more.")] = True,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", "-k", help="Only such events: OrderAccepted; repeatable.")
    ] = None,
    order: Annotated[int, typer.Option("--order", min=0, help="Only of this order.")] = 0,
    account: Annotated[str, typer.Option("--account", help="Only of this account.")] = "",
    strategy: Annotated[str, typer.Option("--strategy", help="Only of this strategy.")] = "",
    instrument: Annotated[str, typer.Option("--instrument", help="Only of this instrument.")] = "",
    venue: Annotated[str, typer.Option("--venue", help="Only of this venue.")] = "",
    session: Annotated[str, typer.Option("--session", help="Only of this session.")] = "",
    of_client: Annotated[str, typer.Option("--of-client", help="Only of this client's orders.")] = "",
    messages: Annotated[
        bool, typer.Option("--messages", help="FIX messages as well, in and out, secrets blanked.")
    ] = False,
    any_client: AnyClient = None,
    journal: JournalFolder = None,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Show events as they happen, until Ctrl-C.

    Reads the journal beside the gateway, or where --address is given asks that gateway: for every client's events where
    the caller has the right admin, else for its own.
    --json prints one object a line.
    """
    kinds = frozenset(kind or ())
    for name in kinds - event_kinds():
        known = ", ".join(sorted(event_kinds()))
        raise CommandFailure(f"no event is called {name!r}; use one of {known}", ExitCode.USAGE)
    wanted = {
        "order_id": order,
        "account": account,
        "strategy": strategy,
        "instrument": instrument,
        "venue": venue,
        "session": session,
        "client": of_client,
    }
    judge = EventFilter(kinds, wanted)
    show = _Printer(as_json)
    if address is not None:
        if messages or not follow or since:
            raise CommandFailure(
                "--messages, --since and --no-follow read the journal; they do not go with --address",
                ExitCode.USAGE,
            )
        with connect(config, address, client) as connection:
            for event in _from_api(connection, from_lsn, any_client):
                if judge.passes(event):
                    show.event(event)
        return
    folder = journal_folder(journal, config)
    with journal_errors(folder):
        reader = JournalReader(folder)
        begin = first_lsn_at(reader, time_ns(since)) if since else from_lsn
        _from_journal(reader, judge, show, begin, lines, follow, messages)


def event_kinds() -> frozenset[str]:
    """Names of all events."""
    bodies = events_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields
    return frozenset(field.message_type.name for field in bodies if field.message_type is not None)


def _from_journal(
    reader: JournalReader,
    judge: EventFilter,
    show: _Printer,
    from_lsn: int | None,
    lines: int,
    follow: bool,
    messages: bool,
) -> None:
    newest = reader.committed_lsn
    begin = max(newest - lines + 1, 1) if from_lsn is None else from_lsn
    if judge.needs_orders or (from_lsn is None and judge.is_narrow):
        earlier: list[JournalRecord] = []
        for record in read_records(reader, 0, to_lsn=newest):
            event = event_of(record)
            if event is not None and judge.passes(event):
                earlier.append(record)
                if from_lsn is None and len(earlier) > lines:
                    earlier.pop(0)
        begin, shown = newest + 1, [one for one in earlier if from_lsn is None or one.lsn >= from_lsn]
        for record in shown:
            _show_record(record, judge, show, Names(), messages)
    names = names_until(reader, begin) if messages else Names()
    for record in read_records(reader, begin, follow=follow):
        _show_record(record, judge, show, names, messages)


def _show_record(
    record: JournalRecord, judge: EventFilter, show: _Printer, names: Names, messages: bool
) -> None:
    if record.kind in MESSAGES:
        if messages and judge.passes_message(names.session(record.session)):
            show.message(record, names)
        return
    event = event_of(record)
    if event is None:
        return
    names.learn(event)
    if judge.passes(event):
        show.event(event)


def _from_api(
    connection: Connection, from_lsn: int | None, any_client: bool | None
) -> Iterator[events_pb2.Event]:
    views = connection.views(any_client)
    view = next((view for view in views if view.any_client), views[0])
    after = max((from_lsn or 1) - 1, 0)
    stream = (_every_event if view.any_client else _own_events)(
        connection, view.client, after, from_lsn is None
    )
    try:
        for response in stream:
            yield from response.events
    finally:
        stream.cancel()


def _every_event(connection: Connection, client: str, after: int, from_now: bool) -> Any:
    call = connection.channel.unary_stream(
        "/gateway.v1.Audit/WatchEvents",
        request_serializer=audit_pb2.WatchEventsRequest.SerializeToString,
        response_deserializer=audit_pb2.WatchEventsResponse.FromString,
    )
    request = audit_pb2.WatchEventsRequest(after_lsn=after, from_now=from_now)
    return call(request, metadata=Identity(client, connection.token).metadata)


def _own_events(connection: Connection, client: str, after: int, from_now: bool) -> Any:
    call = connection.channel.stream_stream(
        "/gateway.v1.OrderEntry/Trade",
        request_serializer=order_entry_pb2.TradeRequest.SerializeToString,
        response_deserializer=order_entry_pb2.TradeResponse.FromString,
    )
    subscription = order_entry_pb2.Subscription(after_lsn=after, from_now=from_now)
    request = order_entry_pb2.TradeRequest(subscription=subscription)
    return call(iter([request]), metadata=Identity(client, connection.token).metadata)


class _Printer:
    """Writes to the standard output at once: whoever follows waits for it."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(highlight=False, soft_wrap=True) if sys.stdout.isatty() else None

    def event(self, event: events_pb2.Event) -> None:
        if self._as_json:
            self._json(
                {
                    "lsn": event.lsn,
                    "time": time_text(event.time.ToNanoseconds()),
                    "event": event_name(event),
                    "fields": MessageToDict(body_of(event), preserving_proto_field_name=True),
                }
            )
            return
        self._text(event_line(event))

    def message(self, record: JournalRecord, names: Names) -> None:
        kind, session, text = KINDS[record.kind], names.session(record.session), fix_text(record.payload)
        if self._as_json:
            self._json(
                {
                    "lsn": record.lsn,
                    "time": time_text(record.time_ns),
                    "kind": kind,
                    "session": session,
                    "seq": record.seq,
                    "fix": text,
                }
            )
            return
        line = Text(
            f"{record.lsn:>9} {time_text(record.time_ns)}  {kind:<3} {session} {record.seq}  {text}", "dim"
        )
        self._text(line)

    def _json(self, value: dict[str, Any]) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)

    def _text(self, line: Text) -> None:
        if self._console is not None:
            self._console.print(line)
        else:
            print(line.plain, flush=True)
