"""`gateway orders show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.text import Text

from gateway.cli.connection import connect
from gateway.cli.event_text import event_line, time_text
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.journal_source import JournalFolder, journal_errors, journal_folder, read_records
from gateway.cli.journal_text import KINDS, body_of, event_name, event_of, fix_text
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.order_life import Chapter, order_life
from gateway.cli.order_rows import find_order, print_order
from gateway.cli.output import as_dict, print_json
from gateway.core import JournalReader
from gateway.v1 import types_pb2

__all__ = ["show_order"]


def show_order(
    order: Annotated[str, typer.Argument(metavar="ID", help="The gateway's id, or the client's own.")],
    journal: JournalFolder = None,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Show the whole life of an order: what it is now, and every event and FIX message of it.

    The life is read from the journal, for which no gateway has to run; what the order is now is asked of the gateway
    where one answers.
    """
    folder = journal_folder(journal, config)
    found, why = (None, "") if journal is not None else _ask(order, config, address, client)
    with journal_errors(folder):
        reader = JournalReader(folder)
        order_id = found.order_id if found is not None else _find_id(reader, order)
        chapters = list(order_life(reader, order_id)) if order_id else []
    if not chapters:
        raise CommandFailure(f"no order has the id {order!r} in {folder}", ExitCode.REFUSED)
    if as_json:
        life = [_chapter_json(chapter) for chapter in chapters]
        print_json({"order": as_dict(found) if found is not None else None, "life": life})
        return
    if found is not None:
        print_order(found)
    elif why:
        print(f"note: {why}")
    console = Console(highlight=False, soft_wrap=True)
    for chapter in chapters:
        console.print(_chapter_line(chapter))


def _ask(
    order: str, config: Path | None, address: str | None, client: str | None
) -> tuple[types_pb2.Order | None, str]:
    try:
        with connect(config, address, client) as connection:
            return find_order(connection, order), ""
    except CommandFailure as failure:
        if failure.code is not ExitCode.UNREACHABLE:
            raise
        return None, str(failure)


def _find_id(reader: JournalReader, order: str) -> int:
    """The gateway's id of an order that the journal knows by it, or by the client's own id; else 0."""
    by_client = 0
    for record in read_records(reader, 0):
        event = event_of(record)
        body: Any = body_of(event) if event is not None else None
        if body is None or "order_id" not in body.DESCRIPTOR.fields_by_name or not body.order_id:
            continue
        if str(body.order_id) == order:
            return int(body.order_id)
        if not by_client and getattr(body, "client_order_id", "") == order:
            by_client = int(body.order_id)
    return by_client


def _chapter_line(chapter: Chapter) -> Text:
    if chapter.event is not None:
        return event_line(chapter.event)
    record = chapter.record
    line = Text(f"{record.lsn:>9} {time_text(record.time_ns)}  ", "dim")
    line.append(f"{KINDS[record.kind]:<3} {chapter.session} {record.seq}  ", "blue")
    line.append(fix_text(record.payload))
    return line


def _chapter_json(chapter: Chapter) -> dict[str, Any]:
    record = chapter.record
    value: dict[str, Any] = {"lsn": record.lsn, "time": time_text(record.time_ns), "kind": KINDS[record.kind]}
    if chapter.event is None:
        return value | {"session": chapter.session, "seq": record.seq, "fix": fix_text(record.payload)}
    fields = MessageToDict(body_of(chapter.event), preserving_proto_field_name=True)
    return value | {"event": event_name(chapter.event), "fields": fields}
