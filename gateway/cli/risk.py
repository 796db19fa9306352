"""`gateway risk`."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.connection import connect
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.cli.risk_check import check
from gateway.cli.risk_limits import register_limits
from gateway.cli.risk_phase import register_phases
from gateway.cli.risk_simulate import simulate
from gateway.v1 import analytics_pb2

__all__ = ["register"]

_COLUMNS = (
    "level", ">gross", ">net", ">realized", ">unrealized", ">VaR", ">ES", ">VaR normal", ">volatility", ">drawdown",
    ">Sharpe", ">samples",
)  # fmt: skip
_LIMIT_COLUMNS = ("level", "limit on", ">value", ">limit", ">used %", "action", "outcome")


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="Show and change risk limits; portfolio analytics.")
    group.command("analytics")(_analytics)
    group.command("check")(check)
    group.command("simulate")(simulate)
    register_limits(group)
    register_phases(group)
    app.add_typer(group, name="risk")


def _analytics(
    level: Annotated[
        str,
        typer.Option(
            "--level", help="firm, or account, strategy, instrument, venue or currency, a colon and a name."
        ),
    ] = "",
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Show exposures, profits and estimated losses of the last sample, and how far their limits are used.

    VaR and ES (expected shortfall) are losses in the base currency at the configured confidence, historical unless it
    says normal. An empty column: the samples are too few to say.
    """
    request = analytics_pb2.GetAnalyticsRequest(level=level)
    with connect(config, address, client) as connection:
        answer = connection.ask("Risk/GetAnalytics", request, analytics_pb2.GetAnalyticsResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    if not answer.HasField("time"):
        print("no sample has been taken yet")
        return
    taken = answer.time.ToDatetime().strftime("%Y-%m-%d %H:%M:%S")
    print(
        f"sample of {taken} UTC, in {answer.currency}, confidence {answer.confidence}, horizon {answer.horizon} x"
        f" {answer.sample_interval_ms / 1000:g} s"
    )
    for what, names in (("reference price", answer.without_price), ("rate", answer.without_rate)):
        if names:
            print(f"left out, for want of a {what}: {', '.join(names)}")
    print_table(_COLUMNS, (_row(each) for each in answer.levels), empty="no such level has a position")
    if answer.utilizations:
        rows = (
            (each.level, each.metric, each.value, each.limit, each.share_percent, each.action, each.outcome)
            for each in answer.utilizations
        )
        print_table(_LIMIT_COLUMNS, rows, empty="")


def _row(each: analytics_pb2.LevelAnalytics) -> tuple[str, ...]:
    return (
        each.level,
        each.gross_exposure,
        each.net_exposure,
        each.realized_profit,
        each.unrealized_profit,
        each.historical_var,
        each.historical_shortfall,
        each.parametric_var,
        each.volatility,
        each.drawdown,
        each.sharpe_ratio,
        str(each.periods),
    )
