"""`gateway orders` and `gateway order`."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated

import typer

from gateway.cli.connection import Connection, View, connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.journal_source import time_ns
from gateway.cli.operations import resolve_order
from gateway.cli.options import Address, AnyClient, Client, Config, Json
from gateway.cli.order_cancels import cancel_orders
from gateway.cli.order_commands import show_order
from gateway.cli.order_rows import ORDER_COLUMNS, find_order, order_row, print_order
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import queries_pb2, types_pb2

__all__ = ["register"]

_EPILOG = """\
Examples:

gateway orders --open

gateway orders list --account DEMO --status filled --since 09:30 --json

gateway orders show 17

gateway orders cancel --instrument AAPL
"""

PAGE_SIZE = 500

_Open = Annotated[bool, typer.Option("--open", help="Only open orders.")]
_Instrument = Annotated[str, typer.Option("--instrument", help="Only of this instrument.")]
_Account = Annotated[str, typer.Option("--account", help="Only of this account.")]
_Strategy = Annotated[str, typer.Option("--strategy", help="Only of this strategy.")]
_Venue = Annotated[str, typer.Option("--venue", help="Only at this venue.")]
_Status = Annotated[
    list[str] | None,
    typer.Option("--status", help="Only with this status, such as new or partially_filled; repeatable."),
]
_Since = Annotated[str, typer.Option("--since", help="Only made at or after this time, in UTC.")]
_Until = Annotated[str, typer.Option("--until", help="Only made before this time, in UTC.")]
_OfClient = Annotated[str, typer.Option("--of-client", help="Only of this client, whoever asks.")]
_Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")]


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
    open_only: _Open = False,
    instrument: _Instrument = "",
    account: _Account = "",
    strategy: _Strategy = "",
    venue: _Venue = "",
    status: _Status = None,
    since: _Since = "",
    until: _Until = "",
    any_client: AnyClient = None,
    of_client: _OfClient = "",
    limit: _Limit = 100,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List orders, newest first."""
    if context.invoked_subcommand is None:
        _list(
            open_only, instrument, account, strategy, venue, status, since, until, any_client, of_client, limit,
            config, address, client, as_json,
        )  # fmt: skip


def _list(
    open_only: _Open = False,
    instrument: _Instrument = "",
    account: _Account = "",
    strategy: _Strategy = "",
    venue: _Venue = "",
    status: _Status = None,
    since: _Since = "",
    until: _Until = "",
    any_client: AnyClient = None,
    of_client: _OfClient = "",
    limit: _Limit = 100,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List orders, newest first: every client's in its accounts for a caller with the right admin, else its own.

    Says so, on stderr, where there are more than --limit.
    """
    request = queries_pb2.ListOrdersRequest(
        open_only=open_only,
        instrument=instrument,
        account=account,
        strategy=strategy,
        venue=venue,
        statuses=[_status(name) for name in status or ()],
    )
    if since:
        request.created_from.FromNanoseconds(time_ns(since))
    if until:
        request.created_before.FromNanoseconds(time_ns(until))
    with connect(config, address, client) as connection:
        views = _views(connection, any_client, of_client)
        pages = [_pages(connection, view, request, of_client, limit + 1) for view in views]
        found = list(islice(_each_once(heapq.merge(*pages, key=lambda order: -order.order_id)), limit + 1))
    orders = found[:limit]
    if as_json:
        print_json([as_dict(order) for order in orders])
    else:
        print_table(ORDER_COLUMNS, (order_row(order) for order in orders), empty="no orders")
    if len(found) > limit:
        print(f"the newest {limit} of more: --limit {limit * 10} shows more of them", file=sys.stderr)


def _views(connection: Connection, any_client: bool | None, of_client: str) -> list[View]:
    """Leave out those that cannot see another client's orders, where one is named."""
    views = connection.views(any_client)
    if not of_client:
        return views
    seeing = [view for view in views if view.any_client or view.client == of_client]
    return seeing or [View(connection.clients[0], True)]  # the gateway says that it has not the right


def _status(name: str) -> str:
    wanted = f"ORDER_STATUS_{name.upper().replace('-', '_')}"
    known = [each for each, value in types_pb2.OrderStatus.items() if value]
    if wanted not in known:
        names = ", ".join(each.removeprefix("ORDER_STATUS_").lower() for each in known)
        raise CommandFailure(f"--status: expected one of {names}, was {name!r}", ExitCode.USAGE)
    return wanted


def _each_once(orders: Iterable[types_pb2.Order]) -> Iterator[types_pb2.Order]:
    """Leave out what several clients may see, in what is sorted by id."""
    before = 0
    for order in orders:
        if order.order_id != before:
            yield order
        before = order.order_id


def _pages(
    connection: Connection, view: View, request: queries_pb2.ListOrdersRequest, of_client: str, limit: int
) -> Iterator[types_pb2.Order]:
    asked = queries_pb2.ListOrdersRequest()
    asked.CopyFrom(request)
    asked.page_size = min(limit, PAGE_SIZE)
    asked.any_client = view.any_client
    asked.client = of_client if view.any_client else ""
    while True:
        page = connection.ask("Orders/ListOrders", asked, queries_pb2.ListOrdersResponse, view.client)
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
        callers = ", ".join(filter(None, connection.clients)) or "whoever the token or certificate is of"
    if found is None:
        message = f"no order has the id {order!r} among the orders of {callers}"
        raise CommandFailure(message, ExitCode.REFUSED)
    if as_json:
        print_json(as_dict(found))
        return
    print_order(found)
