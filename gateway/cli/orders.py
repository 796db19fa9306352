"""`gateway orders` and `gateway order`."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import grpc
import typer
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.cli.connection import Connection, connect, is_missing
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.operations import resolve_order
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import queries_pb2, types_pb2

__all__ = ["register"]

PAGE_SIZE = 500

_COLUMNS = (
    ">order", "client", "client order id", "account", "instrument", "side", "type", "tif",
    ">quantity", ">price", ">filled", ">average", "status", "updated (UTC)",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(invoke_without_command=True, help="List orders; end the doubt about one.")
    group.callback()(_orders)
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
    if context.invoked_subcommand is not None:
        return
    request = queries_pb2.ListOrdersRequest(open_only=open_only, instrument=instrument, account=account)
    with connect(config, address, client) as connection:
        pages = [_pages(connection, name, request, limit) for name in connection.clients]
        orders = list(islice(heapq.merge(*pages, key=lambda order: -order.order_id), limit))
    if as_json:
        print_json([as_dict(order) for order in orders])
        return
    print_table(_COLUMNS, (_row(order) for order in orders), empty="no orders")


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
    requests = [queries_pb2.GetOrderRequest(client_order_id=order)]
    if order.isdecimal() and int(order) < 1 << 64:
        requests.insert(0, queries_pb2.GetOrderRequest(order_id=int(order)))
    with connect(config, address, client) as connection:
        found = _find(connection, requests)
    if found is None:
        message = f"no order has the id {order!r} among the orders of {', '.join(connection.clients)}"
        raise CommandFailure(message, ExitCode.REFUSED)
    if as_json:
        print_json(as_dict(found))
        return
    fields = as_dict(found)
    denial = fields.pop("denial", None)
    fields |= {"side": _side(found), "order_type": _order_type(found), "time_in_force": _time_in_force(found)}
    fields |= {
        "status": _status(found),
        "created_at": _time(found.created_at),
        "updated_at": _time(found.updated_at),
    }
    rows = [(name.replace("_", " "), str(value)) for name, value in fields.items() if value != ""]
    if denial is not None:
        rows.append(("denied", _denial(found.denial)))
    print_table(("field", "value"), rows, empty="")


def _find(connection: Connection, requests: list[queries_pb2.GetOrderRequest]) -> types_pb2.Order | None:
    for request in requests:
        for client in connection.clients:
            try:
                answer = connection.ask("Orders/GetOrder", request, queries_pb2.GetOrderResponse, client)
            except grpc.RpcError as error:
                if not is_missing(error):
                    raise
            else:
                return answer.order
    return None


def _row(order: types_pb2.Order) -> tuple[str, ...]:
    return (
        str(order.order_id),
        order.client,
        order.client_order_id,
        order.account,
        order.instrument,
        _side(order),
        _order_type(order),
        _time_in_force(order),
        order.quantity,
        order.price,
        order.cum_quantity,
        order.average_price,
        _status(order),
        _time(order.updated_at),
    )


def _side(order: types_pb2.Order) -> str:
    return _short(types_pb2.Side.Name(order.side), "SIDE_")


def _order_type(order: types_pb2.Order) -> str:
    return _short(types_pb2.OrderType.Name(order.order_type), "ORDER_TYPE_")


def _time_in_force(order: types_pb2.Order) -> str:
    return types_pb2.TimeInForce.Name(order.time_in_force).removeprefix("TIME_IN_FORCE_")


def _status(order: types_pb2.Order) -> str:
    return types_pb2.OrderStatus.Name(order.status).removeprefix("ORDER_STATUS_")


def _short(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower().replace("_", " ")


def _denial(denial: types_pb2.Denial) -> str:
    text = types_pb2.DenialCode.Name(denial.code).removeprefix("DENIAL_CODE_")
    if denial.level:
        text += f" at {denial.level}"
    if denial.limit_name:
        text += f": {denial.limit_name} was {denial.observed or 'not given'}"
    return f"{text}, allowed {denial.allowed}" if denial.allowed else text


def _time(time: Timestamp) -> str:
    return time.ToDatetime().isoformat(sep=" ", timespec="milliseconds") if time.ByteSize() else ""
