"""`gateway risk simulate`: what other limits would have denied, reduced and warned of."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.event_text import time_text
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.journal_source import JournalFolder, journal_errors, journal_folder
from gateway.cli.limit_file import read_limit_file
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_or_fail
from gateway.cli.order_file import read_order_file
from gateway.cli.output import print_json, print_table
from gateway.config import Settings
from gateway.core import _core
from gateway.risk.limits.simulation import Proposal, Simulation, SimulationResult, denial_name
from gateway.v1 import types_pb2

__all__ = ["simulate"]

_COLUMNS = ("limit", "level", "code", ">denied", ">newly denied", ">resized", ">warned")
_EXAMPLE_COLUMNS = (
    "time (UTC)", ">lsn", "client", "order", "account", "strategy", "instrument", "side", ">quantity", ">sent",
    ">price", ">observed", ">allowed", "recorded",
)  # fmt: skip


def simulate(
    file: Annotated[
        Path | None,
        typer.Argument(help="Proposed limits, as for `gateway risk set`; without: those of the journal."),
    ] = None,
    orders: Annotated[
        Path | None,
        typer.Option("--orders", help="CSV or YAML of orders to judge, on the state at the journal's end."),
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="With --orders: on no positions, no open orders and no journal.")
    ] = False,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="Name of a limit to do without.")
    ] = None,
    replace_all: Annotated[
        bool, typer.Option("--replace-all", help="Do without every limit that is not in the file.")
    ] = False,
    examples: Annotated[int, typer.Option("--examples", min=0, max=1_000, help="How many a limit.")] = 5,
    journal: JournalFolder = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Replay a journal against proposed limits, and show what they would have denied, reduced and warned of.

    The core's own checks judge each order at its place in the journal, in the journal's time. An order that is denied
    takes no place in positions from then on; one that the journal has denied stays so, because nobody knows what the
    venue would have made of it. A level that a limit halts stays halted until the journal has a decision of a person,
    and what comes meanwhile is denied. Instruments, accounts and clients are those of the configuration. No gateway has
    to run, and none is touched.

    Columns of orders: account, instrument, side, quantity; optional client, strategy, type, price, stop_price,
    time_in_force, client_order_id and time (ISO 8601). What passes stays open, with what is sent of it, and is not
    filled.
    """
    if empty and orders is None:
        raise CommandFailure("--empty needs --orders: there is nothing to replay", ExitCode.USAGE)
    settings = load_or_fail(config or DEFAULT_CONFIG, resolve_secrets=False)
    folder = None if empty else journal_folder(journal, config or DEFAULT_CONFIG)
    wanted = read_limit_file(file) if file else None
    proposal = None
    if wanted is not None or remove or replace_all:
        proposal = Proposal(wanted.limits if wanted else (), remove or (), replace_all)
    with journal_errors(folder or Path()):
        try:
            simulation = Simulation(_core_settings(settings), folder, proposal, examples=examples)
        except ValueError as error:
            raise CommandFailure(
                wanted.located(str(error)) if wanted else str(error), ExitCode.USAGE
            ) from error
        if orders is None:
            result = simulation.replay()
        else:
            client = settings.clients[0].name if settings.clients else ""
            try:
                result = simulation.judge(read_order_file(orders, client, time.time_ns()))
            except ValueError as error:
                raise CommandFailure(f"{orders}: {error}", ExitCode.USAGE) from error
    if as_json:
        print_json(_json(result))
    else:
        _print(result, has_journal=orders is None)


def _core_settings(settings: Settings) -> _core.CoreSettings:
    from gateway.config.core_settings import core_settings

    def no_dictionary(*_: object) -> bytes:
        raise AssertionError("a simulation has no sessions")

    return core_settings(settings.model_copy(update={"sessions": ()}), no_dictionary, 0)


def _print(result: SimulationResult, *, has_journal: bool) -> None:
    where = f" up to lsn {result.last_lsn}" if has_journal else ""
    print(f"judged{where}: {result.orders} orders, {result.replaces} replaces")
    print(f"denied: {result.denied}")
    if has_journal:
        print(
            f"  as recorded {result.denied_as_recorded}, newly {result.newly_denied}, for another reason than recorded"
            f" {result.denied_otherwise}"
        )
        print(f"denied in the journal, and would pass: {result.no_longer_denied}")
        if result.unjudged:
            print(f"not judged by limits: {result.unjudged}")
    print(f"sent with less: {result.resized}")
    print(f"warnings: {result.warnings}")
    rows = (
        (
            group.limit,
            group.level,
            group.code,
            *map(str, (group.denied, group.newly_denied, group.resized, group.warned)),
        )
        for group in result.by_limit
    )
    print_table(_COLUMNS, rows, empty="no limit denies, reduces or warns of anything")
    shown = [(group.limit, order) for group in result.by_limit for order in group.examples]
    for limit in dict.fromkeys(limit for limit, _ in shown):
        print(f"by {limit}, for example:")
        print_table(_EXAMPLE_COLUMNS, (_row(order) for name, order in shown if name == limit), empty="")
    if result.passed:
        print("would pass, for example:")
        print_table(_EXAMPLE_COLUMNS, map(_row, result.passed), empty="")


def _row(order: _core.RehearsedOrder) -> tuple[str, ...]:
    return (
        time_text(order.time_ns),
        str(order.lsn) if order.lsn else "",
        order.client,
        f"{order.client_order_id} (replace)" if order.replace else order.client_order_id,
        order.account,
        order.strategy,
        order.instrument,
        _side(order),
        order.quantity,
        order.sent,
        order.price,
        order.observed,
        order.allowed,
        denial_name(order.recorded) if order.recorded else "accepted" if order.lsn else "",
    )


def _json(result: SimulationResult) -> dict[str, Any]:
    return {
        "orders": result.orders,
        "replaces": result.replaces,
        "not_judged": result.unjudged,
        "last_lsn": str(result.last_lsn),
        "denied": result.denied,
        "denied_as_recorded": result.denied_as_recorded,
        "denied_otherwise": result.denied_otherwise,
        "newly_denied": result.newly_denied,
        "no_longer_denied": result.no_longer_denied,
        "resized": result.resized,
        "warnings": result.warnings,
        "limits": [
            {
                "limit": group.limit,
                "level": group.level,
                "code": group.code,
                "denied": group.denied,
                "newly_denied": group.newly_denied,
                "resized": group.resized,
                "warned": group.warned,
                "examples": [_example(order) for order in group.examples],
            }
            for group in result.by_limit
        ],
        "would_pass": [_example(order) for order in result.passed],
    }


def _example(order: _core.RehearsedOrder) -> dict[str, Any]:
    return {
        "lsn": str(order.lsn),
        "time": time_text(order.time_ns),
        "order_id": str(order.order_id),
        "client": order.client,
        "client_order_id": order.client_order_id,
        "replace": order.replace,
        "account": order.account,
        "strategy": order.strategy,
        "instrument": order.instrument,
        "side": _side(order),
        "quantity": order.quantity,
        "sent": order.sent,
        "price": order.price,
        "observed": order.observed,
        "allowed": order.allowed,
        "recorded": denial_name(order.recorded) if order.recorded else "",
        "recorded_limit": order.recorded_limit,
    }


def _side(order: _core.RehearsedOrder) -> str:
    return types_pb2.Side.Name(order.side).removeprefix("SIDE_").lower()
