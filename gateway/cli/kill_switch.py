"""`gateway kill-switch`."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.connection import connect
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import control_pb2, events_pb2

__all__ = ["register"]

_LEVEL_HELP = "firm, account:NAME, instrument:NAME, client:NAME or venue:NAME."

Level = Annotated[str, typer.Option("--level", help=_LEVEL_HELP)]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the journal.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="Halt and resume trading. It survives a restart.")
    group.command("on")(_on)
    group.command("off")(_off)
    group.command("status")(_status)
    app.add_typer(group, name="kill-switch")


def _on(
    level: Level,
    reason: Reason,
    cancel_open_orders: Annotated[
        bool, typer.Option("--cancel-open-orders", help="Cancel the level's open orders as well.")
    ] = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Halt trading: new orders and replaces are denied, cancels pass."""
    request = control_pb2.SetTradingStateRequest(
        level=level,
        state=events_pb2.TRADING_STATE_HALTED,
        reason=reason,
        cancel_open_orders=cancel_open_orders,
    )
    answer = _set(request, config, address, client)
    if as_json:
        print_json(as_dict(answer))
        return
    canceled = f", {answer.cancels_sent} cancels sent" if cancel_open_orders else ""
    print(f"trading is halted at {level} (lsn {answer.lsn}{canceled})")


def _off(
    level: Level,
    reason: Reason,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Resume trading."""
    request = control_pb2.SetTradingStateRequest(
        level=level, state=events_pb2.TRADING_STATE_ACTIVE, reason=reason
    )
    answer = _set(request, config, address, client)
    if as_json:
        print_json(as_dict(answer))
        return
    print(f"trading is on at {level} (lsn {answer.lsn}); a halt at another level still holds: see `status`")


def _set(
    request: control_pb2.SetTradingStateRequest, config: Config, address: Address, client: Client
) -> control_pb2.SetTradingStateResponse:
    with connect(config, address, client) as connection:
        return connection.ask("Risk/SetTradingState", request, control_pb2.SetTradingStateResponse)


def _status(
    config: Config = None, address: Address = None, client: Client = None, as_json: Json = False
) -> None:
    """List every level whose state was ever set."""
    with connect(config, address, client) as connection:
        request = control_pb2.ListTradingStatesRequest()
        answer = connection.ask("Risk/ListTradingStates", request, control_pb2.ListTradingStatesResponse)
    if as_json:
        print_json([as_dict(state) for state in answer.states])
        return
    rows = (
        (
            state.level,
            events_pb2.TradingState.Name(state.state).removeprefix("TRADING_STATE_"),
            state.reason,
            state.changed_by,
        )
        for state in answer.states
    )
    print_table(("level", "state", "reason", "by"), rows, empty="trading was never halted")
