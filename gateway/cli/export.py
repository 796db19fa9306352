"""`gateway export`: orders, executions, positions, events and FIX messages as CSV or Parquet."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from google.protobuf.json_format import MessageToDict

from gateway.cli.database_source import open_database
from gateway.cli.event_text import EventFilter
from gateway.cli.export_files import STDOUT, Column, Format, Kind, format_of, write_rows
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.journal_source import (
    JournalFolder,
    first_lsn_at,
    journal_errors,
    journal_folder,
    read_records,
    time_ns,
)
from gateway.cli.journal_text import KINDS, MESSAGES, Names, body_of, event_name, event_of, fix_text
from gateway.cli.options import Config, Json
from gateway.cli.output import print_json, progress
from gateway.core import JournalReader

__all__ = ["register"]

_EPILOG = """\
Examples:

gateway export executions -o fills.parquet --since 2026-11-21

gateway export orders -o - --account DEMO

gateway export positions -o positions.csv --journal /backup/journal

gateway export messages -o fix.parquet --from-lsn 100000
"""

_EVENT_COLUMNS = (
    Column("lsn", Kind.INTEGER),
    Column("time", Kind.TIME),
    Column("event", Kind.TEXT),
    Column("order_id", Kind.INTEGER),
    Column("client", Kind.TEXT),
    Column("account", Kind.TEXT),
    Column("instrument", Kind.TEXT),
    Column("session", Kind.TEXT),
    Column("fields", Kind.TEXT),
)
_MESSAGE_COLUMNS = (
    Column("lsn", Kind.INTEGER),
    Column("time", Kind.TIME),
    Column("direction", Kind.TEXT),
    Column("session", Kind.TEXT),
    Column("msg_seq_num", Kind.INTEGER),
    Column("msg_type", Kind.TEXT),
    Column("fix", Kind.TEXT),
)


class What(StrEnum):
    """What to export."""

    ORDERS = "orders"
    EXECUTIONS = "executions"
    POSITIONS = "positions"
    EVENTS = "events"
    MESSAGES = "messages"


_TABLES = (What.ORDERS, What.EXECUTIONS, What.POSITIONS)
_TIME_COLUMNS = {What.ORDERS: "created_ns", What.EXECUTIONS: "time_ns", What.POSITIONS: "updated_ns"}


@dataclass(frozen=True)
class Selection:
    """Which rows are wanted (empty and None: all), and whether a bar is shown meanwhile."""

    account: str = ""
    instrument: str = ""
    since_ns: int | None = None
    until_ns: int | None = None
    from_lsn: int = 0
    shows_progress: bool = True


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", epilog=_EPILOG)(_export)


def _export(
    what: Annotated[What, typer.Argument(help="What to export.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; - for the standard output (CSV)."),
    ],
    form: Annotated[
        Format | None, typer.Option("--format", help="How (default: as the file is named).")
    ] = None,
    account: Annotated[str, typer.Option("--account", help="Only of this account.")] = "",
    instrument: Annotated[str, typer.Option("--instrument", help="Only of this instrument.")] = "",
    since: Annotated[str, typer.Option("--since", help="At or after this time, in UTC.")] = "",
    until: Annotated[str, typer.Option("--until", help="Before this time, in UTC.")] = "",
    from_lsn: Annotated[int, typer.Option("--from-lsn", min=0, help="Begin with this lsn.")] = 0,
    journal: JournalFolder = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write orders, executions, positions, events or FIX messages into a file: CSV or Parquet.

    Orders, executions and positions come from the database, or with --journal from a journal alone; events and
    messages from the journal. Decimals are exact and times UTC nanoseconds in both forms; secrets are blanked.
    --json prints how many rows there were.
    """
    chosen = format_of(output, form)
    if as_json and output == STDOUT:
        raise CommandFailure("--json and -o - both want the standard output", ExitCode.USAGE)
    selection = Selection(
        account,
        instrument,
        time_ns(since) if since else None,
        time_ns(until) if until else None,
        from_lsn,
        shows_progress=not as_json and not (output == STDOUT and sys.stdout.isatty()),
    )
    if what is What.MESSAGES and (account or instrument):
        raise CommandFailure(
            "messages are not kept by account or instrument; see gateway fixlog", ExitCode.USAGE
        )
    if what in _TABLES:
        if journal is not None:
            with _projected(journal_folder(journal, config)) as engine:
                count = _write_table(engine, what, selection, output, chosen)
        else:
            engine = open_database(config)
            count = _write_table(engine, what, selection, output, chosen)
    else:
        folder = journal_folder(journal, config)
        with journal_errors(folder):
            count = _write_journal(JournalReader(folder), what, selection, output, chosen)
    if as_json:
        print_json({"what": str(what), "rows": count, "file": str(output), "format": str(chosen)})
    elif output != STDOUT:
        print(f"{output}: {count:,} {what}")


def _write_table(engine: sa.Engine, what: What, selection: Selection, output: Path, form: Format) -> int:
    columns, table = _table(what)
    statement = sa.select(table).order_by(*table.primary_key.columns)
    if selection.account:
        statement = statement.where(table.c.account == selection.account)
    if selection.instrument:
        statement = statement.where(table.c.instrument == selection.instrument)
    moment = table.c[_TIME_COLUMNS[what]]
    if selection.since_ns is not None:
        statement = statement.where(moment >= selection.since_ns)
    if selection.until_ns is not None:
        statement = statement.where(moment < selection.until_ns)
    if selection.from_lsn:
        statement = statement.where(table.c.lsn >= selection.from_lsn)
    try:
        with engine.connect() as connection:
            counted = connection.execute(
                sa.select(sa.func.count()).select_from(statement.subquery())
            ).scalar()
            found = connection.execution_options(yield_per=2_000).execute(statement)
            with progress(int(counted or 0), wanted=selection.shows_progress) as advance:
                return write_rows(output, form, columns, _advancing(found, advance))
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise CommandFailure(
            f"the database does not answer: {cause}; check database.url, or export from the journal (--journal PATH)"
        ) from error
    finally:
        engine.dispose()


def _advancing(rows: Iterable[Sequence[Any]], advance: Any) -> Iterator[Sequence[Any]]:
    for row in rows:
        advance(1)
        yield row


def _table(what: What) -> tuple[list[Column], sa.Table]:
    from gateway.store import tables

    table: sa.Table = getattr(tables, what.value)
    return [_column(column) for column in table.columns], table


def _column(column: sa.Column[Any]) -> Column:
    from gateway.store.columns import NUMBER_SCALE, TOTAL_DIGITS, Number, Total

    kind = column.type
    if isinstance(kind, Number):
        return Column(column.name, Kind.DECIMAL, 28, NUMBER_SCALE)
    if isinstance(kind, Total):
        return Column(column.name, Kind.DECIMAL, TOTAL_DIGITS, kind.places)
    if isinstance(kind, sa.Boolean):
        return Column(column.name, Kind.BOOLEAN)
    if column.name.endswith("_ns"):
        return Column(column.name.removesuffix("_ns"), Kind.TIME)
    return Column(column.name, Kind.INTEGER if isinstance(kind, sa.Integer) else Kind.TEXT)


@contextmanager
def _projected(folder: Path) -> Iterator[sa.Engine]:
    """Project a journal into a database that is gone afterwards."""
    from gateway.store import ProjectionError, open_engine, rebuild
    from gateway.store.journal_source import JournalSource

    with journal_errors(folder), tempfile.TemporaryDirectory(prefix="gateway-export-") as temporary:
        engine = open_engine(f"sqlite:///{temporary}/export.db")
        try:
            rebuild(engine, JournalSource(folder))
        except ProjectionError as error:
            raise CommandFailure(f"{folder}: {error}", ExitCode.JOURNAL) from error
        yield engine


def _write_journal(
    reader: JournalReader, what: What, selection: Selection, output: Path, form: Format
) -> int:
    begin = selection.from_lsn
    if selection.since_ns is not None:
        begin = max(begin, first_lsn_at(reader, selection.since_ns))
    last = reader.committed_lsn
    if selection.until_ns is not None:
        last = min(last, first_lsn_at(reader, selection.until_ns) - 1)
    begin = max(begin, reader.oldest_lsn)
    with progress(max(last - begin + 1, 0), wanted=selection.shows_progress) as advance:
        if what is What.EVENTS:
            rows = _events(reader, begin, last, selection, advance)
            return write_rows(output, form, _EVENT_COLUMNS, rows)
        return write_rows(output, form, _MESSAGE_COLUMNS, _messages(reader, begin, last, advance))


def _events(
    reader: JournalReader, begin: int, last: int, selection: Selection, advance: Any
) -> Iterator[Sequence[Any]]:
    judge = EventFilter(wanted={"account": selection.account, "instrument": selection.instrument})
    for record in read_records(
        reader, 0, to_lsn=last
    ):  # from the first on: orders are known by their first event
        if record.lsn >= begin:
            advance(1)
        event = event_of(record)
        if event is None or not judge.passes(event) or record.lsn < begin:
            continue
        about = judge.about(event)
        fields = MessageToDict(body_of(event), preserving_proto_field_name=True)
        yield (
            record.lsn,
            record.time_ns,
            event_name(event),
            about.order_id or None,
            about.client,
            about.account,
            about.instrument,
            about.session,
            json.dumps(fields, ensure_ascii=False),
        )


def _messages(reader: JournalReader, begin: int, last: int, advance: Any) -> Iterator[Sequence[Any]]:
    names = Names()
    for record in read_records(reader, 0, to_lsn=last):  # from the first on: sessions get their names there
        if record.lsn >= begin:
            advance(1)
        if record.kind not in MESSAGES:
            event = event_of(record)
            if event is not None:
                names.learn(event)
        elif record.lsn >= begin:
            text = fix_text(record.payload)
            yield (
                record.lsn,
                record.time_ns,
                KINDS[record.kind],
                names.session(record.session),
                record.seq,
                text.partition("|35=")[2].partition("|")[0],
                text,
            )
