"""`gateway prices`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.connection import Connection, connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.risk.price_file import PriceFileError, price_update, read_prices
from gateway.v1 import control_pb2

__all__ = ["register"]

BATCH = 1_000
"""Prices a call; the API takes 1,024."""


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="Reference prices, which limits are measured against.")
    group.command("list")(_list)
    group.command("load")(_load)
    app.add_typer(group, name="prices")


def _list(
    config: Config = None, address: Address = None, client: Client = None, as_json: Json = False
) -> None:
    """List what limits are measured against, by instrument. The time is that of the price; --json has all times."""
    with connect(config, address, client) as connection:
        answer = _prices(connection)
    if as_json:
        print_json([as_dict(price) for price in answer.prices])
        return
    rows = (
        (
            each.instrument,
            each.price,
            each.references.bid,
            each.references.ask,
            each.references.close,
            each.references.average_daily_volume,
            _band(each.references.price_band_low, each.references.price_band_high),
            each.as_of.ToJsonString() if each.HasField("as_of") else "",
        )
        for each in answer.prices
    )
    columns = ("instrument", ">price", ">bid", ">ask", ">close", ">daily volume", ">band", "as of")
    print_table(columns, rows, empty="no instrument has a reference price")


def _band(low: str, high: str) -> str:
    return f"{low or 'none'} to {high or 'none'}" if low or high else ""


def _load(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with the columns instrument and price, or YAML: `AAPL: 190.00`. Further columns: bid, ask, "
            "close, average_daily_volume, price_band_low, price_band_high, margin_rate_percent, as_of."
        ),
    ],
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Set reference prices from a file: all of it, or nothing where a line is wrong."""
    try:
        wanted = read_prices(file)
    except PriceFileError as error:
        raise CommandFailure(str(error), ExitCode.USAGE) from error
    with connect(config, address, client) as connection:
        lsn = 0
        for start in range(0, len(wanted), BATCH):
            request = control_pb2.SetReferencePricesRequest(
                prices=[price_update(price) for price in wanted[start : start + BATCH]]
            )
            answer = connection.ask(
                "MarketData/SetReferencePrices", request, control_pb2.SetReferencePricesResponse
            )
            lsn = answer.lsn
    if as_json:
        print_json({"prices": len(wanted), "lsn": str(lsn)})
        return
    print(f"{len(wanted)} reference prices are set (lsn {lsn})")


def _prices(connection: Connection) -> control_pb2.ListReferencePricesResponse:
    request = control_pb2.ListReferencePricesRequest()
    return connection.ask("MarketData/ListReferencePrices", request, control_pb2.ListReferencePricesResponse)
