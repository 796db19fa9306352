"""`gateway risk phase` and `phases`."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.connection import connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import control_pb2, events_pb2

__all__ = ["register_phases"]

_PREFIX = "MARKET_PHASE_"
_NONE = "none"
_PHASES = {
    name.removeprefix(_PREFIX).lower().replace("unspecified", _NONE): number
    for name, number in events_pb2.MarketPhase.items()
}


def register_phases(group: typer.Typer) -> None:
    """Add the commands about phases of markets."""
    group.command("phase")(_phase)
    group.command("phases")(_phases)


def _phase(
    level: Annotated[
        str, typer.Argument(help="venue:NAME, or instrument:NAME, which counts before its venue.")
    ],
    phase: Annotated[str, typer.Argument(help=", ".join(_PHASES) + ".")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the journal.")],
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Say in which phase of its day a market is: orders that it does not take then are denied, cancels pass."""
    if phase not in _PHASES:
        raise CommandFailure(f"PHASE: expected {', '.join(_PHASES)}, was '{phase}'", ExitCode.USAGE)
    value = events_pb2.MarketPhase.Name(_PHASES[phase])
    request = control_pb2.SetMarketPhaseRequest(level=level, phase=value, reason=reason)
    with connect(config, address, client) as connection:
        answer = connection.ask("MarketData/SetMarketPhase", request, control_pb2.SetMarketPhaseResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    print(f"{level} is {phase.replace('_', ' ')} (lsn {answer.lsn})")


def _phases(
    config: Config = None, address: Address = None, client: Client = None, as_json: Json = False
) -> None:
    """List the phases that were said, of venues first."""
    with connect(config, address, client) as connection:
        request = control_pb2.ListMarketPhasesRequest()
        answer = connection.ask("MarketData/ListMarketPhases", request, control_pb2.ListMarketPhasesResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    names = {number: name for name, number in _PHASES.items()}
    rows = [(each.level, names[each.phase], each.reason, each.changed_by) for each in answer.phases]
    print_table(("level", "phase", "reason", "by"), rows, empty="no phase was said")
