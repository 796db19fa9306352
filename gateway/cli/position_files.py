"""`gateway positions load`: a file of start-of-day positions, CSV or YAML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.connection import connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json
from gateway.cli.row_file import read_rows
from gateway.v1 import operations_pb2, types_pb2

__all__ = ["load_position_file", "read_position_file"]

_REQUIRED = ("account", "strategy", "instrument", "quantity", "price")
_COSTS = {"commission": types_pb2.CHARGE_KIND_COMMISSION, "fees": types_pb2.CHARGE_KIND_FEE}
_KNOWN = (*_REQUIRED, *_COSTS, "cost_currency")


def load_position_file(
    file: Annotated[Path, typer.Argument(help="CSV with a header line, or YAML with a list.")],
    batch_id: Annotated[
        str,
        typer.Option(
            "--batch", help="Names this file for ever, such as 2026-11-27; default: the file's name."
        ),
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the journal.")] = "start of day",
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Set positions at the start of the day, once: loading the same batch again changes nothing.

    Columns: account, strategy, instrument, quantity (short is negative) and price (average entry price); optional
    commission and fees, paid in cost_currency. A batch that failed half way goes on where it stopped; one with other
    content is refused.
    """
    request = operations_pb2.LoadPositionsRequest(
        batch_id=batch_id or file.name, reason=reason, positions=list(read_position_file(file))
    )
    with connect(config, address, client) as connection:
        answer = connection.ask("Operations/LoadPositions", request, operations_pb2.LoadPositionsResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    before = f", {answer.loaded_before} had been loaded before" if answer.loaded_before else ""
    print(f"batch {request.batch_id}: {answer.loaded} positions loaded{before} (lsn {answer.lsn})")


def read_position_file(file: Path) -> Iterator[operations_pb2.StartOfDayPosition]:
    """Read the rows. Raises CommandFailure with file and line."""
    for where, row in read_rows(file, "positions"):
        yield _position(where, row)


def _position(where: str, row: dict[str, Any]) -> operations_pb2.StartOfDayPosition:
    absent = [name for name in _REQUIRED if not row.get(name)]
    strange = [name for name in row if name not in _KNOWN]
    if absent or strange:
        wrong = f"misses {', '.join(absent)}" if absent else f"has {', '.join(strange)}, which is no column"
        raise CommandFailure(f"{where}: {wrong}; columns are {', '.join(_KNOWN)}", ExitCode.USAGE)
    position = operations_pb2.StartOfDayPosition(**{name: row[name] for name in _REQUIRED})
    for name, kind in _COSTS.items():
        if not row.get(name):
            continue
        if not row.get("cost_currency"):
            raise CommandFailure(
                f"{where}: has {name} and no cost_currency; say in which currency", ExitCode.USAGE
            )
        position.charges.add(kind=kind, amount=row[name], currency=row["cost_currency"])
    return position
