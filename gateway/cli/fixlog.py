"""`gateway fixlog`: FIX logs of any engine, read with names, filtered, counted, followed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.fix_message_text import SECRET_TAGS, show, text_of
from gateway.cli.fix_names import Dictionaries, VersionNames
from gateway.cli.fix_source import Source
from gateway.cli.fix_stat import GROUPS, show_stat
from gateway.cli.fix_where import Condition, condition, session_conditions, time_text, type_condition
from gateway.cli.options import Json, load_or_fail
from gateway.config.session_settings import secret_tags
from gateway.core import FixLogOrders, FixLogScan, FixLogText

__all__ = ["register"]

_PEEK_BYTES = 64 << 10
_SENDING_TIME, _MSG_TYPE = 52, 35
_ADMIN_TYPES = ["0", "1", "2", "4", "5", "A"]

_EPILOG = """\
Examples:

gateway fixlog FIX.4.4-A-B.messages.current.log

gateway fixlog journal --where OrdStatus=Rejected --since 09:30

gateway fixlog day.log.gz --order ORD-17 --long

gateway fixlog journal --type ExecutionReport --where 'LastQty>=1000' --json

zcat *.gz | gateway fixlog - --stat
"""


class Color(StrEnum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fixlog", epilog=_EPILOG)(_fixlog)


def _fixlog(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A FIX log (.gz too), a journal's folder, or - for stdin.")
    ],
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            "-w",
            help="Only where it is so: NAME=VALUE[,VALUE], !=, ~ (contains), <, <=, >, >=, NAME, !NAME; repeatable.",
        ),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", "-t", help="Only messages of this type, by name or MsgType(35); repeatable."),
    ] = None,
    session: Annotated[
        str, typer.Option("--session", help="Only from or to this CompID; 'A->B': from A to B.")
    ] = "",
    since: Annotated[str, typer.Option("--since", help="SendingTime(52) at or after this, in UTC.")] = "",
    until: Annotated[str, typer.Option("--until", help="SendingTime(52) before this, in UTC.")] = "",
    order: Annotated[
        list[str] | None,
        typer.Option(
            "--order",
            help="Only the order with this ClOrdID(11), OrigClOrdID(41) or OrderID(37), through all its replaces.",
        ),
    ] = None,
    admin: Annotated[bool, typer.Option("--admin/--no-admin", help="Heartbeats, Logons and so on.")] = True,
    long: Annotated[bool, typer.Option("--long", "-l", help="A line for each field.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The messages with | for SOH.")] = False,
    stat: Annotated[bool, typer.Option("--stat", help="Only count what matches.")] = False,
    count_by: Annotated[
        list[str] | None,
        typer.Option("--count-by", help="With --stat: count by these fields, NAME[,NAME]; repeatable."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="At most so many messages.")
    ] = sys.maxsize,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="At the end wait for more, until Ctrl-C.")
    ] = False,
    dictionary: Annotated[
        str | None,
        typer.Option("--dictionary", help="For all messages: FIX44, or a file (default: by BeginString(8))."),
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option("--overlay", help="A venue's overlay of the dictionary, YAML or XML.")
    ] = None,
    redact: Annotated[
        list[str] | None,
        typer.Option("--redact", help="Blank this field too, by name or tag; repeatable."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("-c", "--config", help="Blank what is a secret in the sessions of this file too."),
    ] = None,
    color: Annotated[Color, typer.Option("--color", help="When to colour.")] = Color.AUTO,
    as_json: Json = False,
) -> None:
    """Read FIX logs: names for tags and values, filters, an order's whole chain; passwords are blanked.

    Takes any engine's log: SOH, |, ^A or whatever stands between the fields, with any text before a message and
    several messages a line. --json prints one object a line. Passwords, signatures and RawData(96) are blanked, and
    what --redact and the configuration name.
    """
    if sum((long, raw, stat, as_json)) > 1 and not (stat and as_json):
        raise CommandFailure("give one of --long, --raw, --json and --stat", ExitCode.USAGE)
    if follow and stat:
        raise CommandFailure("--stat counts what is there; it does not go with --follow", ExitCode.USAGE)
    source = Source(path)
    dictionaries = Dictionaries(dictionary, overlay)
    if order and not follow:
        source = source.kept()
    pieces, near = _peek(source.chunks(follow=follow), dictionaries)
    secrets = _secrets(dictionaries, near, redact or [], config)
    wanted = _conditions(dictionaries, near, where or [], types or [], session, since, until, admin)
    work = _Work(
        source, pieces, wanted, _orders(source, order or [], follow, not as_json), shows_progress=not as_json
    )
    if stat:
        groups = [_group(text, dictionaries, near) for text in count_by or []] or GROUPS
        show_stat(work.counted(groups), groups, near, as_json, secrets)
        return
    form = "json" if as_json else "lines" if long else "raw" if raw else "line"
    text = text_of(
        form,
        dictionaries,
        colored=not as_json and not raw and _is_colored(color),
        is_journal=source.is_journal,
        secrets=secrets,
    )
    _print(work.shown(text, limit), follow)


@dataclass
class _Work:
    """One pass over a source."""

    source: Source
    pieces: Iterator[bytes]
    conditions: Sequence[Condition]
    orders: FixLogOrders | None
    shows_progress: bool

    def shown(self, text: FixLogText, limit: int) -> Iterator[bytes]:
        """The first `limit` messages that match, as text, as they come."""
        return show(FixLogScan(self.conditions, orders=self.orders), self.pieces, text, limit)

    def counted(self, groups: Sequence[Sequence[int]]) -> FixLogScan:
        """Count all that match."""
        scan = FixLogScan(self.conditions, groups=groups, orders=self.orders, collects=False)
        with _progress(self.source.size, wanted=self.shows_progress) as advance:
            for piece in self.pieces:
                scan.feed(piece)
                advance(len(piece))
        scan.feed(b"", at_end=True)
        return scan


def _conditions(
    dictionaries: Dictionaries,
    near: VersionNames,
    where: Sequence[str],
    types: Sequence[str],
    session: str,
    since: str,
    until: str,
    admin: bool,
) -> list[Condition]:
    found = [condition(text, dictionaries, near) for text in where]
    if types:
        found.append(type_condition(types, dictionaries, near))
    if session:
        found += session_conditions(session)
    if since:
        found.append(([_SENDING_TIME], ">=", [time_text(since)]))
    if until:
        found.append(([_SENDING_TIME], "<", [time_text(until)]))
    if not admin:
        found.append(([_MSG_TYPE], "!=", _ADMIN_TYPES))
    return found


def _peek(pieces: Iterator[bytes], dictionaries: Dictionaries) -> tuple[Iterator[bytes], VersionNames]:
    """Look at the first message for its version; give all the pieces nevertheless."""
    first = next(pieces, b"")
    found = FixLogScan().feed(first[:_PEEK_BYTES], at_end=True)
    fields = dict(reversed(found[0].fields)) if found else {}
    version = fields.get(1128) or fields.get(1137) or b""
    names = dictionaries.of(fields.get(8, b"FIX.4.4").decode(), version.decode("ascii", "replace"))
    return chain([first], pieces), names


def _orders(source: Source, ids: Sequence[str], follow: bool, shows_progress: bool) -> FixLogOrders | None:
    """Read everything once for the chains; what is followed is known as far as it has come."""
    if not ids:
        return None
    orders = FixLogOrders()
    for one in ids:
        orders.want(one)
    if not follow or source.is_journal or source.size:
        scan = FixLogScan(orders=orders, collects=False)
        with _progress(source.size, wanted=shows_progress) as advance:
            for piece in source.chunks():
                scan.feed(piece)
                advance(len(piece))
        scan.feed(b"", at_end=True)
    if not follow:
        orders.complete()
    missing = [one for one in ids if not orders.knows(one)]
    if missing and not follow:
        raise CommandFailure(
            f"no message has the ClOrdID(11), OrigClOrdID(41) or OrderID(37) {', '.join(missing)}",
            ExitCode.FAILED,
        )
    return orders


def _secrets(
    dictionaries: Dictionaries, near: VersionNames, redact: Sequence[str], config: Path | None
) -> frozenset[int]:
    """The tags of fields that are not shown."""
    named = {dictionaries.tag(name, near) for text in redact for name in text.split(",")}
    sessions = load_or_fail(config, resolve_secrets=False).sessions if config is not None else ()
    return SECRET_TAGS | named | {tag for session in sessions for tag in secret_tags(session)}


def _group(text: str, dictionaries: Dictionaries, near: VersionNames) -> list[int]:
    return [dictionaries.tag(name, near) for name in text.split(",")]


def _is_colored(color: Color) -> bool:
    # What rich finds out: a terminal that can, and nobody who does not want it (NO_COLOR).
    return color is Color.ALWAYS or (color is Color.AUTO and Console().color_system is not None)


def _print(pieces: Iterator[bytes], follow: bool) -> None:
    sys.stdout.flush()
    out = sys.stdout.buffer
    is_live = follow or sys.stdout.isatty()
    for piece in pieces:
        out.write(piece)
        if is_live:
            out.flush()
    out.flush()


@contextmanager
def _progress(size: int, *, wanted: bool) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, for sources whose size is known; elsewhere, and for programs (--json), nothing."""
    if not wanted or not size or not sys.stderr.isatty():
        yield lambda count: None
        return
    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("", total=size)
        yield lambda count: bar.advance(task, count)
