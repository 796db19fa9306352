"""`gateway orders cancel`."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from gateway.cli.connection import Connection, connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.order_rows import find_order
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import operations_pb2, order_entry_pb2, queries_pb2, types_pb2

__all__ = ["cancel_orders"]


def cancel_orders(
    orders: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="Orders, by the gateway's id.")
    ] = None,
    account: Annotated[str, typer.Option("--account", help="All open ones of this account.")] = "",
    strategy: Annotated[str, typer.Option("--strategy", help="All open ones of this strategy.")] = "",
    instrument: Annotated[str, typer.Option("--instrument", help="All open ones of this instrument.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All open ones of the client.")] = False,
    any_client: Annotated[
        bool,
        typer.Option(
            "--any-client",
            help="Of every client, in the caller's accounts; takes the rights cancel and admin, and --reason.",
        ),
    ] = False,
    of_client: Annotated[
        str, typer.Option("--of-client", help="With --any-client: only of this client.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the journal with --any-client.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Cancel orders: those with these ids, or all open ones of an account, strategy, instrument, or the client.

    It asks the venue; the order is canceled once the venue says so. With --any-client an operator cancels what other
    clients have open; who asked, from where and why is journalled.
    """
    narrowed = bool(account or strategy or instrument or of_client)
    if bool(orders) + narrowed + everything != 1:
        raise CommandFailure(
            "say which orders: ids, or any of --account, --strategy, --instrument and --of-client, or --all",
            ExitCode.USAGE,
        )
    if any_client != bool(reason) or (of_client and not any_client):
        message = "--any-client and --reason go together, and --of-client with both: the journal keeps why"
        raise CommandFailure(message, ExitCode.USAGE)
    if not yes:
        filters = {"account": account, "strategy": strategy, "instrument": instrument, "client": of_client}
        typer.confirm(f"cancel {_described(orders, filters, any_client)}?", abort=True)
    with connect(config, address, client) as connection:
        if orders and not any_client:
            _cancel_each(connection, orders, as_json)
            return
        request = operations_pb2.CancelOrdersRequest(
            account=account,
            strategy=strategy,
            instrument=instrument,
            any_client=any_client,
            client=of_client,
            reason=reason,
            order_ids=orders,
        )
        callers = [connection.operator("cancel")] if any_client else connection.clients
        answers = [
            connection.ask("Operations/CancelOrders", request, operations_pb2.CancelOrdersResponse, caller)
            for caller in callers
        ]
        sent = sum(answer.cancels_sent for answer in answers)
        if not sent and not orders and _has_open(connection, request, callers):
            print(
                "note: orders are open there, and no cancel was sent: one is under way, or their session cannot send"
                " (`gateway sessions`)",
                file=sys.stderr,
            )
    _print_answers(answers, as_json)


def _has_open(
    connection: Connection, request: operations_pb2.CancelOrdersRequest, callers: Iterable[str]
) -> bool:
    wanted = queries_pb2.ListOrdersRequest(
        open_only=True,
        account=request.account,
        strategy=request.strategy,
        instrument=request.instrument,
        any_client=request.any_client,
        client=request.client,
        page_size=1,
    )
    return any(
        connection.ask("Orders/ListOrders", wanted, queries_pb2.ListOrdersResponse, caller).orders
        for caller in callers
        if "read" in connection.rights_of(caller)
    )


def _described(orders: Sequence[int] | None, filters: dict[str, str], any_client: bool) -> str:
    if orders:
        return f"{len(orders)} order{'s' if len(orders) > 1 else ''}"
    text = "every open order" + "".join(f" of {name} {value}" for name, value in filters.items() if value)
    return f"{text} of every client" if any_client and not filters["client"] else text


def _print_answers(answers: Iterable[operations_pb2.CancelOrdersResponse], as_json: bool) -> None:
    answers = list(answers)
    sent = sum(answer.cancels_sent for answer in answers)
    denials = [denial for answer in answers for denial in answer.denials]
    if as_json:
        print_json(
            {"cancels_sent": sent} | ({"denials": [as_dict(each) for each in denials]} if denials else {})
        )
    else:
        print(f"{sent} cancels sent")
        for denial in denials:
            print(f"order {denial.order_id} of {denial.client}: denied: {_code(denial.denial)}")
    if denials:
        raise typer.Exit(ExitCode.REFUSED)


def _cancel_each(connection: Connection, orders: Sequence[int], as_json: bool) -> None:
    results: list[tuple[int, order_entry_pb2.CommandResult]] = []
    for order_id in orders:
        found = find_order(connection, str(order_id))
        cancel = order_entry_pb2.CancelCommand(
            client_request_id=f"cli-{uuid.uuid4().hex[:24]}", order_id=order_id
        )
        request = order_entry_pb2.CancelOrderRequest(cancel=cancel)
        owner = found.client if found is not None and found.client in connection.clients else None
        answer = connection.ask("OrderEntry/CancelOrder", request, order_entry_pb2.CancelOrderResponse, owner)
        results.append((order_id, answer.result))
    if as_json:
        print_json([{"order_id": str(order_id), **as_dict(result)} for order_id, result in results])
    else:
        rows = ((str(order_id), _outcome(result)) for order_id, result in results)
        print_table((">order", "outcome"), rows, empty="")
    if any(result.HasField("denial") for _, result in results):
        raise typer.Exit(ExitCode.REFUSED)


def _outcome(result: order_entry_pb2.CommandResult) -> str:
    if not result.HasField("denial"):
        return f"asked for as {result.cl_ord_id} (lsn {result.lsn})"
    is_unknown = result.denial.code == types_pb2.DENIAL_CODE_UNKNOWN_ORDER
    more = " (of another client? --any-client --reason TEXT)" if is_unknown else ""
    return f"denied: {_code(result.denial)}{more}"


def _code(denial: types_pb2.Denial) -> str:
    return types_pb2.DenialCode.Name(denial.code).removeprefix("DENIAL_CODE_")
