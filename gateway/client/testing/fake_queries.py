"""The services Orders and Positions of a fake gateway."""

from collections.abc import Callable

import grpc
from google.protobuf.message import Message

from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.v1 import queries_pb2 as queries

__all__ = ["FakeQueries"]


class FakeQueries:
    """Reads of the ledger."""

    def __init__(self, ledger: FakeLedger) -> None:
        self._ledger = ledger
        self.calls: dict[str, Callable[[str, Message], Message]] = {
            "Orders.GetOrder": self._get_order,
            "Orders.ListOrders": self._list_orders,
            "Positions.ListPositions": self._list_positions,
        }

    def _get_order(self, client: str, request: Message) -> Message:
        assert isinstance(request, queries.GetOrderRequest)
        order = self._ledger.find(client, request.order_id, request.client_order_id)
        if order is None and request.any_client:
            order = self._ledger.orders.get(request.order_id)
        if order is None:
            name = request.order_id or request.client_order_id
            raise failure(grpc.StatusCode.NOT_FOUND, f"client {client!r} has no order {name!r}")
        return queries.GetOrderResponse(order=order.message())

    def _list_orders(self, client: str, request: Message) -> Message:
        assert isinstance(request, queries.ListOrdersRequest)
        before = int(request.page_token or len(self._ledger.orders) + 1)
        found = [
            order
            for order in reversed(self._ledger.orders.values())
            if (order.client == client or request.any_client)
            and request.client in ("", order.client)
            and order.order_id < before
            and (order.is_open or not request.open_only)
            and request.instrument in ("", order.command.instrument)
            and request.account in ("", order.command.account)
            and request.strategy in ("", order.command.strategy)
            and request.venue in ("", order.venue)
            and (not request.statuses or order.status.value in request.statuses)
            and _is_within(order.time_ns, request)
        ]
        size = request.page_size or 100
        more = str(found[size - 1].order_id) if len(found) > size else ""
        page = [order.message() for order in found[:size]]
        return queries.ListOrdersResponse(orders=page, next_page_token=more)

    def _list_positions(self, _client: str, request: Message) -> Message:
        assert isinstance(request, queries.ListPositionsRequest)
        return queries.ListPositionsResponse(positions=self._ledger.positions(request.account))


def _is_within(time_ns: int, request: queries.ListOrdersRequest) -> bool:
    early = request.HasField("created_from") and time_ns < request.created_from.ToNanoseconds()
    late = request.HasField("created_before") and time_ns >= request.created_before.ToNanoseconds()
    return not (early or late)
