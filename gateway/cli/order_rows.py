"""Orders as people read them, and how one is found."""

from __future__ import annotations

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.cli.connection import Connection, is_missing
from gateway.cli.output import as_dict, print_table
from gateway.v1 import queries_pb2, types_pb2

__all__ = ["ORDER_COLUMNS", "find_order", "order_row", "print_order"]

ORDER_COLUMNS = (
    ">order", "client", "client order id", "account", "instrument", "side", "type", "tif",
    ">quantity", ">price", ">filled", ">average", "status", "updated (UTC)",
)  # fmt: skip


def find_order(connection: Connection, order: str) -> types_pb2.Order | None:
    """Find an order by the gateway's id, of any client where the caller has `admin`, or by a client's own id."""
    if order.isdecimal() and 0 < int(order) < 1 << 64:
        for view in connection.views():
            request = queries_pb2.GetOrderRequest(order_id=int(order), any_client=view.any_client)
            if found := _get(connection, request, view.client):
                return found
    for client in connection.clients:
        if found := _get(connection, queries_pb2.GetOrderRequest(client_order_id=order), client):
            return found
    return None


def _get(connection: Connection, request: queries_pb2.GetOrderRequest, client: str) -> types_pb2.Order | None:
    try:
        return connection.ask("Orders/GetOrder", request, queries_pb2.GetOrderResponse, client).order
    except grpc.RpcError as error:
        if not is_missing(error):
            raise
        return None


def print_order(found: types_pb2.Order) -> None:
    """Print a table of what is known of an order."""
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


def order_row(order: types_pb2.Order) -> tuple[str, ...]:
    """Make a row of the table of orders."""
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
