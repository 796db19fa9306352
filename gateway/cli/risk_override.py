"""`gateway risk override`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from gateway.cli.connection import connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.limit_file import read_limit_file
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json
from gateway.cli.risk_outcome import print_outcome
from gateway.v1 import limits_pb2, risk_pb2, types_pb2

__all__ = ["override"]

_SIDES = {
    "buy": types_pb2.SIDE_BUY,
    "sell": types_pb2.SIDE_SELL,
    "sell_short": types_pb2.SIDE_SELL_SHORT,
}
_ORDER_OPTIONS = "--of, --instrument, --side, --quantity and --waive"


def override(
    seconds: Annotated[float, typer.Option("--for", help="For how many seconds.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the journal.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="YAML with `limits:`, as of `risk.limits`: the terms that hold for the time."),
    ] = None,
    order: Annotated[
        str, typer.Option("--order", help="Not a file: the client_order_id of one order to come.")
    ] = "",
    of: Annotated[str, typer.Option("--of", help="With --order: whose order.")] = "",
    instrument: Annotated[str, typer.Option("--instrument", help="With --order: its instrument.")] = "",
    side: Annotated[str, typer.Option("--side", help="With --order: buy, sell or sell_short.")] = "",
    quantity: Annotated[str, typer.Option("--quantity", help="With --order: the largest quantity.")] = "",
    waive: Annotated[
        list[str] | None,
        typer.Option("--waive", help="With --order: a limit that it need not hold; up to 8."),
    ] = None,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Change limits in force for a time; or let one order pass limits that it does not hold, once.

    Both end by themselves. For one order another client has to approve it, and not the order's own:
    `gateway risk override --order c-17 --of alpha --instrument ACME --side buy --quantity 5000 --waive acme.position
    --for 300 --reason "client's block trade"`.
    """
    duration = Duration(seconds=int(seconds), nanos=int(seconds % 1 * 1e9))
    if order:
        if file is not None:
            raise CommandFailure("give a file or --order, not both", ExitCode.USAGE)
        terms = _order_terms(order, of, instrument, side, quantity, waive or [])
        asked = limits_pb2.GrantOrderOverrideRequest(order=terms, reason=reason, duration=duration)
        with connect(config, address, client) as connection:
            granted = connection.ask("Risk/GrantOrderOverride", asked, limits_pb2.GrantOrderOverrideResponse)
        _print_order(granted.change, as_json)
        return
    if file is None:
        raise CommandFailure(
            f"say what to override: a file with `limits:`, or --order with {_ORDER_OPTIONS}", ExitCode.USAGE
        )
    request = limits_pb2.GrantOverrideRequest(
        limits=read_limit_file(file).limits, reason=reason, duration=duration
    )
    with connect(config, address, client) as connection:
        answer = connection.ask("Risk/GrantOverride", request, limits_pb2.GrantOverrideResponse)
    print_outcome(answer.change, as_json)


def _order_terms(
    order: str, of: str, instrument: str, side: str, quantity: str, waive: list[str]
) -> risk_pb2.OrderOverrideTerms:
    if not (of and instrument and side and quantity and waive):
        raise CommandFailure(f"--order needs {_ORDER_OPTIONS}", ExitCode.USAGE)
    if side not in _SIDES:
        raise CommandFailure(f"--side: expected {', '.join(_SIDES)}, was '{side}'", ExitCode.USAGE)
    try:
        Decimal(quantity)
    except InvalidOperation:
        raise CommandFailure(f"--quantity: expected a number, was '{quantity}'", ExitCode.USAGE) from None
    return risk_pb2.OrderOverrideTerms(
        client=of,
        client_order_id=order,
        instrument=instrument,
        side=_SIDES[side],
        quantity=quantity,
        limits=[risk_pb2.WaivedLimit(name=name) for name in waive],
    )


def _print_order(answer: risk_pb2.SetLimitsResponse, as_json: bool) -> None:
    if as_json:
        print_json(as_dict(answer))
    elif answer.pending:
        print_outcome(answer, as_json)
    else:
        print(f"override {answer.change_id}: {answer.summary} (lsn {answer.lsn})")
