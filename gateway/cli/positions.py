"""`gateway positions`: lists them, sums them up, changes one, loads a file of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.connection import connect
from gateway.cli.operations import adjust_position, split_positions
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.cli.position_files import load_position_file
from gateway.v1 import queries_pb2, types_pb2

__all__ = ["POSITION_COLUMNS", "position_row", "register"]

POSITION_COLUMNS = (
    "account", "strategy", "instrument", ">net", ">bought", ">sold", ">average", "currency", ">realized",
    ">unrealized", ">costs", ">open buy", ">open sell",
)  # fmt: skip
_SUM_COLUMNS = (
    "currency", ">realized", ">unrealized", ">commission", ">fees", ">total", ">rate", ">in base",
)  # fmt: skip
_RATE_NOTES = {queries_pb2.RATE_STATE_STALE: " (stale)", queries_pb2.RATE_STATE_MISSING: "missing"}


class Group(StrEnum):
    """What positions are summed by."""

    ACCOUNT = "account"
    STRATEGY = "strategy"
    INSTRUMENT = "instrument"
    CURRENCY = "currency"
    VENUE = "venue"
    ASSET_CLASS = "asset-class"
    SECTOR = "sector"
    REGION = "region"


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(invoke_without_command=True, help="List positions; sum them up; change or load them.")
    group.callback()(_positions)
    group.command("sum")(_sums)
    group.command("adjust")(adjust_position)
    group.command("load")(load_position_file)
    group.command("split")(split_positions)
    app.add_typer(group, name="positions")


def _positions(
    context: typer.Context,
    account: Annotated[str, typer.Option("--account", help="Only of this account.")] = "",
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List positions by account, strategy and instrument. Costs are commission and fees, by currency."""
    if context.invoked_subcommand is not None:
        return
    request = queries_pb2.ListPositionsRequest(account=account)
    found: dict[tuple[str, str, str], types_pb2.Position] = {}
    with connect(config, address, client) as connection:
        for name in connection.clients:  # two clients may share an account: its positions are listed once
            answer = connection.ask(
                "Positions/ListPositions", request, queries_pb2.ListPositionsResponse, name
            )
            found |= {(entry.account, entry.strategy, entry.instrument): entry for entry in answer.positions}
    positions = [found[key] for key in sorted(found)]
    if as_json:
        print_json([as_dict(position) for position in positions])
        return
    rows = (position_row(position) for position in positions)
    print_table(POSITION_COLUMNS, rows, empty="no positions")


def position_row(position: types_pb2.Position) -> tuple[str, ...]:
    """Make a row of the table."""
    return (
        position.account,
        position.strategy,
        position.instrument + (" (does not fit)" if position.saturated else ""),
        position.net_quantity,
        position.bought_quantity,
        position.sold_quantity,
        position.average_price,
        position.currency,
        position.realized_profit,
        position.unrealized_profit,
        ", ".join(_cost(charges) for charges in position.charges),
        position.open_buy_quantity,
        position.open_sell_quantity,
    )


def _cost(charges: types_pb2.PositionCharges) -> str:
    parts = [part for part in (charges.commission, charges.fees) if part not in ("", "0")]
    return f"{' + '.join(parts) or '0'} {charges.currency}"


def _sums(
    by: Annotated[
        list[Group] | None,
        typer.Option(
            "--by", help="Sum by this; several times for a combination. One sum over all where not given."
        ),
    ] = None,
    account: Annotated[str, typer.Option("--account", help="Only of this account.")] = "",
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Sum profit, commission and fees up, in each currency and in the base currency of the configuration.

    A rate that is older than the configuration allows is shown as stale. Where one is missing there is no total in the
    base currency: `gateway rates set` gives it. Instruments without a reference price are named: what is open in them
    is in no sum. Positions that several clients see are asked for as the first that may.
    """
    groups = list(dict.fromkeys(by or ()))
    request = queries_pb2.SummarizePositionsRequest(
        group_by=[f"POSITION_GROUP_{group.name}" for group in groups],
        account=account,
    )
    with connect(config, address, client) as connection:
        answer = connection.ask(
            "Positions/SummarizePositions", request, queries_pb2.SummarizePositionsResponse
        )
    if as_json:
        print_json(as_dict(answer))
        return
    names = [group.name.lower() for group in groups if group is not Group.CURRENCY]
    columns = (*(name.replace("_", " ") for name in names), ">net", *_SUM_COLUMNS) if names else _SUM_COLUMNS
    rows = [row for entry in answer.sums for row in _rows(entry, names, answer.base_currency)]
    print_table(columns, rows, empty="no positions")
    unpriced = sorted({instrument for entry in answer.sums for instrument in entry.unpriced})
    if unpriced:
        print(f"no reference price, so what is open is in no sum: {', '.join(unpriced)}")


def _rows(entry: queries_pb2.PositionSum, names: list[str], base: str) -> list[tuple[str, ...]]:
    keys = (*(getattr(entry, name) for name in names), entry.net_quantity) if names else ()
    rows = [
        (
            *keys,
            each.currency,
            each.realized_profit,
            each.unrealized_profit,
            each.commission,
            each.fees,
            each.total,
            (each.rate if base else "") + (_RATE_NOTES.get(each.rate_state, "") if base else ""),
            "",
        )
        for each in entry.currencies
    ]
    if base:
        total = f"{entry.total or 'unknown'} {base}" + (" (stale)" if entry.stale else "")
        rows.append((*keys, "all", "", "", "", "", "", "", total))
    return rows
