"""`gateway replay`: the state as of a moment of the journal, and whether the database agrees with it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from gateway.cli.database_source import open_database
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
from gateway.cli.options import Config, Json
from gateway.cli.output import print_json, print_table, progress
from gateway.core import JournalReader, RecordKind

__all__ = ["register"]

_EPILOG = """\
Examples:

gateway replay --until 2026-11-21T15:30

gateway replay --lsn 4711 --journal /backup/journal --json

gateway replay --verify -c gateway.yaml
"""

_COMPARED = ("orders", "executions", "positions")
_ORDER_COLUMNS = (
    ">order_id", "client", "client_order_id", "account", "instrument", "side", ">quantity", ">price",
    ">cum_quantity", "status",
)  # fmt: skip
_POSITION_COLUMNS = (
    "account",
    "strategy",
    "instrument",
    ">net_quantity",
    ">bought_quantity",
    ">sold_quantity",
)
_DIFFERENCES_MAX = 50
_BATCH_EVENTS = 2_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Batch:
    data: bytes
    count: int
    resume_lsn: int


class _UpTo:
    """The events of a journal up to an lsn, as the projector takes them."""

    def __init__(self, reader: JournalReader, last_lsn: int) -> None:
        self._reader = reader
        self._last_lsn = last_lsn

    def events(self, after_lsn: int, client: str | None, max_bytes: int = 256 * 1024) -> _Batch:
        parts: list[bytes] = []
        resume_lsn, size = after_lsn, 0
        for record in read_records(self._reader, after_lsn + 1, to_lsn=self._last_lsn):
            if record.kind == RecordKind.EVENT:
                parts.append(record.payload)
                size += len(record.payload)
            resume_lsn = record.lsn
            if size >= max_bytes or len(parts) == _BATCH_EVENTS:
                break
        return _Batch(b"".join(parts), len(parts), resume_lsn)

    def committed_lsn(self) -> int:
        return self._last_lsn

    def oldest_lsn(self) -> int:
        return self._reader.oldest_lsn


@dataclass(frozen=True)
class _State:
    """What was true once the batch with `lsn` at its end was applied; rows by their keys."""

    lsn: int
    time_ns: int
    tables: Mapping[str, Mapping[tuple[Any, ...], Row]]

    @property
    def state_hash(self) -> str:
        """SHA-256 over every value of every order, execution and position, in the order of their keys."""
        digest = hashlib.sha256()
        for name in _COMPARED:
            for key, row in sorted(self.tables[name].items()):
                digest.update(repr((name, key, [_plain(value) for value in row.values()])).encode())
        return digest.hexdigest()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay", epilog=_EPILOG)(_replay)


def _replay(
    lsn: Annotated[int, typer.Option("--lsn", min=0, help="Up to the batch of this lsn (default: all).")] = 0,
    until: Annotated[str, typer.Option("--until", help="Up to this time, in UTC.")] = "",
    all_orders: Annotated[bool, typer.Option("--all", help="Ended orders as well.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many orders, the newest.")] = 100,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare with the database, as of the lsn that it is at.")
    ] = False,
    journal: JournalFolder = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Rebuild the state from a journal as of a moment; print orders, positions and the state's hash.

    Events are applied as the database's projector does it, into a database that is gone afterwards: nothing is decided
    anew and nothing changes. May run beside the gateway. Equal journals have equal hashes. --verify ends with code 5
    where the database differs.
    """
    if sum((bool(lsn), bool(until), verify)) > 1:
        raise CommandFailure(
            "give one of --lsn, --until and --verify (which compares as of the database's lsn)",
            ExitCode.USAGE,
        )
    folder = journal_folder(journal, config)
    database = open_database(config) if verify else None
    with journal_errors(folder):
        reader = JournalReader(folder)
        if until:
            lsn = first_lsn_at(reader, time_ns(until)) - 1
        if database is not None:
            lsn = _projected_lsn(database)
        state = _state_at(reader, folder, lsn, shows_progress=not as_json)
    differences = list(_differences(database, state)) if database is not None else []
    orders = [row for row in state.tables["orders"].values() if all_orders or row["is_open"]]
    orders = sorted(orders, key=lambda row: -row["order_id"])[:limit]
    positions = [row for _, row in sorted(state.tables["positions"].items())]
    if as_json:
        print_json(
            {
                "lsn": state.lsn,
                "time": time_text(state.time_ns),
                "state_hash": state.state_hash,
                "order_count": len(state.tables["orders"]),
                "orders": [{name: _plain(value) for name, value in row.items()} for row in orders],
                "positions": [{name: _plain(value) for name, value in row.items()} for row in positions],
                "differences": differences if verify else None,
            }
        )
    else:
        _show(folder, state, orders, positions)
        if verify:
            _show_differences(state, differences)
    if differences:
        raise typer.Exit(ExitCode.REFUSED)


def _state_at(reader: JournalReader, folder: Path, lsn: int, *, shows_progress: bool) -> _State:
    last, moment = _end_of_batch(reader, folder, lsn)
    projected = _projected(reader, folder, last, shows_progress=shows_progress)
    with projected as engine, engine.connect() as connection:
        return _State(last, moment, {name: _rows(connection, name) for name in _COMPARED})


def _end_of_batch(reader: JournalReader, folder: Path, lsn: int) -> tuple[int, int]:
    """The last record of the batch that holds an lsn (0: of the newest), and its time."""
    oldest, newest = reader.oldest_lsn, reader.committed_lsn
    asked = lsn or newest
    if not newest or not oldest <= asked:
        raise CommandFailure(
            f"{folder}: the journal holds lsn {oldest} to {newest}, and not lsn {asked}", ExitCode.JOURNAL
        )
    found = None
    for record in read_records(reader, min(asked, newest)):
        found = record
        if record.ends_batch:
            break
    if found is None:
        raise CommandFailure(f"{folder}: there is no record at lsn {asked}", ExitCode.JOURNAL)
    return found.lsn, found.time_ns


@contextmanager
def _projected(
    reader: JournalReader, folder: Path, last_lsn: int, *, shows_progress: bool
) -> Iterator[sa.Engine]:
    from gateway.store import ProjectionError, open_engine, rebuild

    with (
        tempfile.TemporaryDirectory(prefix="gateway-replay-") as temporary,
        progress(last_lsn, wanted=shows_progress) as advance,
    ):
        engine = open_engine(f"sqlite:///{temporary}/state.db")
        try:
            rebuild(engine, _Advancing(reader, last_lsn, advance))
        except ProjectionError as error:
            raise CommandFailure(f"{folder}: {error}", ExitCode.JOURNAL) from error
        yield engine
        engine.dispose()


class _Advancing(_UpTo):
    """Moves the bar on with each batch."""

    def __init__(self, reader: JournalReader, last_lsn: int, advance: Any) -> None:
        super().__init__(reader, last_lsn)
        self._advance = advance

    def events(self, after_lsn: int, client: str | None, max_bytes: int = 256 * 1024) -> _Batch:
        batch = super().events(after_lsn, client, max_bytes)
        self._advance(batch.resume_lsn - after_lsn)
        return batch


def _rows(connection: sa.Connection, name: str) -> dict[tuple[Any, ...], Row]:
    from gateway.store import tables

    table: sa.Table = getattr(tables, name)
    keys = [column.name for column in table.primary_key.columns]
    found = (dict(row._mapping) for row in connection.execute(sa.select(table)))
    return {tuple(row[key] for key in keys): row for row in found}


def _show(folder: Path, state: _State, orders: Sequence[Row], positions: Sequence[Row]) -> None:
    print(f"{folder}: as of lsn {state.lsn}, {time_text(state.time_ns)}Z")
    counts = ", ".join(f"{len(state.tables[name]):,} {name}" for name in _COMPARED)
    print(f"{counts}; state hash {state.state_hash}")
    print_table(_ORDER_COLUMNS, (_cells(row, _ORDER_COLUMNS) for row in orders), empty="no orders")
    print_table(
        _POSITION_COLUMNS, (_cells(row, _POSITION_COLUMNS) for row in positions), empty="no positions"
    )


def _cells(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(_text(row[column.lstrip(">")]) for column in columns)


def _show_differences(state: _State, differences: Sequence[str]) -> None:
    for difference in differences[:_DIFFERENCES_MAX]:
        print(difference)
    if len(differences) > _DIFFERENCES_MAX:
        print(f"... and {len(differences) - _DIFFERENCES_MAX} more")
    if differences:
        print(f"the database DIFFERS in {len(differences)} places; `gateway database rebuild` makes it anew")
    else:
        print(f"the database agrees in all {', '.join(_COMPARED)} (lsn {state.lsn})")


def _projected_lsn(engine: sa.Engine) -> int:
    from gateway.store.queries import projection_position

    try:
        with engine.connect() as connection:
            position = projection_position(connection)
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise CommandFailure(f"the database does not answer: {cause}; check database.url") from error
    if position is None or not position.lsn:
        raise CommandFailure("nothing was projected into the database yet; `gateway database rebuild` does")
    return position.lsn


def _differences(engine: sa.Engine, state: _State) -> Iterator[str]:
    """Compare row by row. What moved after the lsn is left out: the database goes on meanwhile."""
    with engine.connect() as connection:
        for name in _COMPARED:
            theirs = _rows(connection, name)
            ours = state.tables[name]
            for key in sorted(ours.keys() | theirs.keys()):
                row, there = ours.get(key), theirs.get(key)
                if there is not None and _moved_at(there) > state.lsn:
                    continue
                where = f"{name} {'/'.join(str(part) for part in key)}"
                if row is None or there is None:
                    yield f"{where}: only in the {'database' if row is None else 'journal'}"
                    continue
                for column, value in row.items():
                    if value != there[column]:
                        found = f"{_text(value)} by the journal, {_text(there[column])} in the database"
                        yield f"{where}: {column} is {found}"
    engine.dispose()


def _moved_at(row: Row) -> int:
    return max(int(row["lsn"]), int(row.get("ended_by_lsn") or 0))


def _plain(value: Any) -> Any:
    return _text(value) if isinstance(value, Decimal) else value


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return "" if value is None else str(value)
