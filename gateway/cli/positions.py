"""`gateway positions`."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.connection import connect
from gateway.cli.operations import adjust_position
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import queries_pb2, types_pb2

__all__ = ["register"]

_COLUMNS = (
    "account", "strategy", "instrument", ">net", ">bought", ">sold", ">average", ">realized", ">open buy",
    ">open sell",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(invoke_without_command=True, help="List positions; change one.")
    group.callback()(_positions)
    group.command("adjust")(adjust_position)
    app.add_typer(group, name="positions")


def _positions(
    context: typer.Context,
    account: Annotated[str, typer.Option("--account", help="Only of this account.")] = "",
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List positions by account, strategy and instrument."""
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
    rows = (
        (
            position.account,
            position.strategy,
            position.instrument,
            position.net_quantity,
            position.bought_quantity,
            position.sold_quantity,
            position.average_price,
            position.realized_profit,
            position.open_buy_quantity,
            position.open_sell_quantity,
        )
        for position in positions
    )
    print_table(_COLUMNS, rows, empty="no positions")
