"""`gateway risk check`: would this order pass now? Would these limits be taken?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import grpc
import typer

from gateway.cli.connection import Connection, connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.limit_file import read_limit_file
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.order_file import enumerator, order_type_of
from gateway.cli.output import as_dict, print_json, print_table
from gateway.cli.risk_outcome import print_outcome
from gateway.v1 import limits_pb2, order_entry_pb2, risk_pb2, types_pb2

__all__ = ["check"]

_COLUMNS = ("", "limit", "level", "kind", ">value", ">limit", ">share %", "on a breach")
_ORDER_NEEDS = ("account", "instrument", "side", "quantity")


def check(
    file: Annotated[
        Path | None, typer.Argument(help="A file of limits, to be checked in place of an order.")
    ] = None,
    account: Annotated[str, typer.Option("--account", help="The order's account.")] = "",
    strategy: Annotated[str, typer.Option("--strategy", help="Its strategy.")] = "check",
    instrument: Annotated[str, typer.Option("--instrument", help="Its symbol.")] = "",
    side: Annotated[str, typer.Option("--side", help="buy, sell or sell_short.")] = "",
    quantity: Annotated[str, typer.Option("--quantity", help="How much.")] = "",
    price: Annotated[str, typer.Option("--price", help="Its limit; a market order without.")] = "",
    stop_price: Annotated[str, typer.Option("--stop-price", help="What triggers it.")] = "",
    order_type: Annotated[
        str, typer.Option("--type", help="market, limit, stop, ... (default: by the prices given).")
    ] = "",
    order_id: Annotated[
        str,
        typer.Option("--order", help="The client_order_id that it will have: one override is for it alone."),
    ] = "",
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Say whether an order would pass now, or whether a file of limits would be taken.

    An order: the running gateway decides as it would if the order came now, and says what each limit that the order
    falls under would see. Nothing is sent and nothing is journalled, and no override is used up. Exit code 5: it would
    be denied.

    A file: it is read here, and what is wrong in it is said with its line before anything is asked; then the gateway
    says what it would change and whether a second person would have to agree. Nothing is changed.
    """
    given = {"account": account, "instrument": instrument, "side": side, "quantity": quantity}
    if file is not None:
        if any(given.values()):
            raise CommandFailure(
                "check either a file of limits or an order (--account ...), not both", ExitCode.USAGE
            )
        _check_file(file, config, address, client, as_json)
        return
    absent = [f"--{name}" for name in _ORDER_NEEDS if not given[name]]
    if absent:
        raise CommandFailure(
            f"say which order: {', '.join(absent)} not given; or give a file of limits", ExitCode.USAGE
        )
    order = order_entry_pb2.NewOrder(
        client_order_id=order_id,
        account=account,
        strategy=strategy,
        instrument=instrument,
        side=enumerator(types_pb2.Side, "SIDE", side),
        order_type=enumerator(
            types_pb2.OrderType, "ORDER_TYPE", order_type or order_type_of(price, stop_price)
        ),
        quantity=quantity,
        price=price,
    )
    if stop_price:
        order.terms.stop_price = stop_price
    with connect(config, address, client) as connection:
        _check_order(connection, order, as_json)


def _check_order(connection: Connection, order: order_entry_pb2.NewOrder, as_json: bool) -> None:
    request = limits_pb2.CheckOrderRequest(order=order)
    answer = connection.ask("Risk/CheckOrder", request, limits_pb2.CheckOrderResponse)
    if as_json:
        print_json(as_dict(answer))
    else:
        print(_verdict(answer))
        print_table(_COLUMNS, map(_row, answer.limits), empty="no limit was asked")
    if not answer.passes:
        raise typer.Exit(ExitCode.REFUSED)


def _verdict(answer: limits_pb2.CheckOrderResponse) -> str:
    if answer.resized_by:
        return f"it would pass with less: {answer.quantity_sent}, by {answer.resized_by}"
    if answer.override_id:
        return f"it would pass by override {answer.override_id}, and use it up"
    if answer.passes:
        return "it would pass"
    denial = answer.denial
    code = types_pb2.DenialCode.Name(denial.code).removeprefix("DENIAL_CODE_")
    where = f" at {denial.level}" if denial.level else ""
    numbers = f": {denial.observed or 'it'}, allowed is {denial.allowed}" if denial.allowed else ""
    return f"it would be denied: {code} by {denial.limit_name}{where}{numbers}"


def _row(each: limits_pb2.LimitCheck) -> tuple[str, ...]:
    mark = "decides" if each.decides else "" if each.holds else "waived" if each.waived else "breach"
    kind = risk_pb2.LimitKind.Name(each.kind).removeprefix("LIMIT_KIND_").lower()
    action = risk_pb2.LimitAction.Name(each.action).removeprefix("LIMIT_ACTION_").lower()
    done = "deny" if action == "unspecified" else action
    return mark, each.name, each.level, kind, each.value, each.limit, each.share_percent, done


def _check_file(
    file: Path, config: Path | None, address: str | None, client: str | None, as_json: bool
) -> None:
    wanted = read_limit_file(file)
    request = risk_pb2.SetLimitsRequest(limits=wanted.limits, reason="check", validate_only=True)
    with connect(config, address, client) as connection:
        try:
            answer = connection.ask("Risk/SetLimits", request, risk_pb2.SetLimitsResponse)
        except grpc.RpcError as error:
            text = (error.details() if isinstance(error, grpc.Call) else None) or ""
            located = wanted.located(text)
            if located == text:
                raise
            raise CommandFailure(located, ExitCode.REFUSED) from error
    if as_json:
        print_json(as_dict(answer))
    else:
        print_outcome(answer, False, dry_run=True)
