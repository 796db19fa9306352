"""`gateway rates`: what currencies are worth in each other."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.connection import connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import control_pb2, events_pb2

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(invoke_without_command=True, help="List rates between currencies; set one.")
    group.callback()(_rates)
    group.command("set")(_set)
    app.add_typer(group, name="rates")


def _rates(
    context: typer.Context,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List the rates in force."""
    if context.invoked_subcommand is not None:
        return
    request = control_pb2.ListRatesRequest()
    with connect(config, address, client) as connection:
        answer = connection.ask("MarketData/ListRates", request, control_pb2.ListRatesResponse)
    if as_json:
        print_json([as_dict(rate) for rate in answer.rates])
        return
    rows = (
        (f"1 {rate.from_currency}", f"{rate.rate} {rate.to_currency}", rate.as_of.ToJsonString(), rate.source)
        for rate in answer.rates
    )
    print_table(("of", ">is", "as of", "source"), rows, empty="no rates")


def _set(
    from_currency: Annotated[
        str, typer.Argument(metavar="FROM", help="One unit of this currency, such as EUR,")
    ],
    to_currency: Annotated[str, typer.Argument(metavar="TO", help="is in this one, such as USD,")],
    rate: Annotated[str, typer.Argument(help="so much, such as 1.0850.")],
    source: Annotated[str, typer.Option("--source", help="Where it is from.")] = "operator",
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="When it was good, ISO 8601 with a time zone; default: now.")
    ] = None,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Set a rate. It is journalled, and holds until another is set for the pair."""
    entry = events_pb2.RateSet(from_currency=from_currency, to_currency=to_currency, rate=rate, source=source)
    entry.as_of.FromNanoseconds(time.time_ns() if as_of is None else _nanoseconds(as_of))
    request = control_pb2.SetRatesRequest(rates=[entry])
    with connect(config, address, client) as connection:
        answer = connection.ask("MarketData/SetRates", request, control_pb2.SetRatesResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    print(f"1 {from_currency} is {rate} {to_currency} (lsn {answer.lsn})")


def _nanoseconds(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFailure(
            f"--as-of: expected a time such as 2026-11-27T17:00:00Z, was {text!r}", ExitCode.USAGE
        ) from error
    if at.tzinfo is None:
        raise CommandFailure(f"--as-of: {text!r} has no time zone; write Z for UTC", ExitCode.USAGE)
    since = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
