"""`gateway orders show` and `gateway orders cancel`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
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
from gateway.cli.output import as_dict, print_json, print_table
from gateway.core import JournalReader
from gateway.v1 import operations_pb2, order_entry_pb2, types_pb2

__all__ = ["cancel_orders", "show_order"]


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


def cancel_orders(
    orders: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="Orders, by the gateway's id.")
    ] = None,
    account: Annotated[str, typer.Option("--account", help="All open ones of this account.")] = "",
    strategy: Annotated[str, typer.Option("--strategy", help="All open ones of this strategy.")] = "",
    instrument: Annotated[str, typer.Option("--instrument", help="All open ones of this instrument.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All open ones of the client.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Cancel orders: those with these ids, or all open ones of an account, strategy, instrument, or the client.

    It asks the venue; the order is canceled once the venue says so.
    """
    narrowed = bool(account or strategy or instrument)
    if bool(orders) + narrowed + everything != 1:
        raise CommandFailure(
            "say which orders: ids, or any of --account, --strategy and --instrument, or --all",
            ExitCode.USAGE,
        )
    if not yes:
        what = (
            f"{len(orders)} orders"
            if orders
            else "every open order"
            + "".join(
                f" of {name} {value}"
                for name, value in (
                    ("account", account),
                    ("strategy", strategy),
                    ("instrument", instrument),
                )
                if value
            )
        )
        typer.confirm(f"cancel {what}?", abort=True)
    if orders:
        _cancel_each(orders, config, address, client, as_json)
        return
    request = operations_pb2.CancelOrdersRequest(account=account, strategy=strategy, instrument=instrument)
    sent = 0
    with connect(config, address, client) as connection:
        for name in connection.clients:
            answer = connection.ask(
                "Operations/CancelOrders", request, operations_pb2.CancelOrdersResponse, name
            )
            sent += answer.cancels_sent
    if as_json:
        print_json({"cancels_sent": sent})
    else:
        print(f"{sent} cancels sent")


def _cancel_each(
    orders: Sequence[int],
    config: Path | None,
    address: str | None,
    client: str | None,
    as_json: bool,
) -> None:
    results: list[tuple[int, order_entry_pb2.CommandResult]] = []
    with connect(config, address, client) as connection:
        for order_id in orders:
            found = find_order(connection, str(order_id))
            cancel = order_entry_pb2.CancelCommand(
                client_request_id=f"cli-{uuid.uuid4().hex[:24]}", order_id=order_id
            )
            request = order_entry_pb2.CancelOrderRequest(cancel=cancel)
            owner = found.client if found is not None and found.client in connection.clients else None
            answer = connection.ask(
                "OrderEntry/CancelOrder", request, order_entry_pb2.CancelOrderResponse, owner
            )
            results.append((order_id, answer.result))
    if as_json:
        print_json([{"order_id": str(order_id), **as_dict(result)} for order_id, result in results])
    else:
        rows = ((str(order_id), _outcome(result)) for order_id, result in results)
        print_table((">order", "outcome"), rows, empty="")
    if any(result.HasField("denial") for _, result in results):
        raise typer.Exit(ExitCode.REFUSED)


def _outcome(result: order_entry_pb2.CommandResult) -> str:
    if result.HasField("denial"):
        code = types_pb2.DenialCode.Name(result.denial.code).removeprefix("DENIAL_CODE_")
        return f"denied: {code}"
    return f"asked for as {result.cl_ord_id} (lsn {result.lsn})"
