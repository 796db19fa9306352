"""`gateway orders` and `gateway order`."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import typer

from gateway.cli.connection import Connection, connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.operations import resolve_order
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.order_cancels import cancel_orders
from gateway.cli.order_commands import show_order
from gateway.cli.order_rows import ORDER_COLUMNS, find_order, order_row, print_order
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import queries_pb2, types_pb2

__all__ = ["register"]

_EPILOG = """\
Examples:

gateway orders --open

gateway orders list --account DEMO --json

gateway orders show 17

gateway orders cancel --instrument AAPL
"""

PAGE_SIZE = 500


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(
        invoke_without_command=True,
        help="List orders; show one's whole life, cancel, end the doubt about one.",
    )
    group.callback(epilog=_EPILOG)(_orders)
    group.command("list", epilog=_EPILOG)(_list)
    group.command("show")(show_order)
    group.command("cancel")(cancel_orders)
    group.command("resolve")(resolve_order)
    app.add_typer(group, name="orders")
    app.command("order")(_order)


def _orders(
    context: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only open orders.")] = False,
    instrument: Annotated[str, typer.Option("--instrument", help="Only of this instrument.")] = "",
    account: Annotated[str, typer.Option("--account", help="Only of this account.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 100,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List orders, newest first."""
    if context.invoked_subcommand is None:
        _list(open_only, instrument, account, limit, config, address, client, as_json)


def _list(
    open_only: Annotated[bool, typer.Option("--open", help="Only open orders.")] = False,
    instrument: Annotated[str, typer.Option("--instrument", help="Only of this instrument.")] = "",
    account: Annotated[str, typer.Option("--account", help="Only of this account.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 100,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List orders, newest first."""
    request = queries_pb2.ListOrdersRequest(open_only=open_only, instrument=instrument, account=account)
    with connect(config, address, client) as connection:
        pages = [_pages(connection, name, request, limit) for name in connection.clients]
        orders = list(islice(heapq.merge(*pages, key=lambda order: -order.order_id), limit))
    if as_json:
        print_json([as_dict(order) for order in orders])
        return
    print_table(ORDER_COLUMNS, (order_row(order) for order in orders), empty="no orders")


def _pages(
    connection: Connection, client: str, request: queries_pb2.ListOrdersRequest, limit: int
) -> Iterator[types_pb2.Order]:
    asked = queries_pb2.ListOrdersRequest()
    asked.CopyFrom(request)
    asked.page_size = min(limit, PAGE_SIZE)
    while True:
        page = connection.ask("Orders/ListOrders", asked, queries_pb2.ListOrdersResponse, client)
        yield from page.orders
        if not page.next_page_token:
            return
        asked.page_token = page.next_page_token


def _order(
    order: Annotated[str, typer.Argument(metavar="ID", help="The gateway's id, or the client's own.")],
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Show all that is known of one order."""
    with connect(config, address, client) as connection:
        found = find_order(connection, order)
    if found is None:
        message = f"no order has the id {order!r} among the orders of {', '.join(connection.clients)}"
        raise CommandFailure(message, ExitCode.REFUSED)
    if as_json:
        print_json(as_dict(found))
        return
    print_order(found)
