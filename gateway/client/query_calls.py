"""What a client asks: orders, positions, sessions."""

from gateway.client.calls import Calls
from gateway.client.decode import decode
from gateway.client.model import Order, Position, Session
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import sessions_pb2 as sessions

__all__ = ["QueryCalls"]

_ORDERS = queries.DESCRIPTOR.services_by_name["Orders"]
_POSITIONS = queries.DESCRIPTOR.services_by_name["Positions"]
_SESSIONS = sessions.DESCRIPTOR.services_by_name["Sessions"]

_PAGE_SIZE = 500


class QueryCalls(Calls):
    """Reads of what the gateway knows. All of them raise UnavailableError and RefusedError."""

    async def get_order(self, client_order_id: str = "", *, order_id: int = 0) -> Order:
        """Get an order as the gateway holds it, by either id. Raises RefusedError (NOT_FOUND) where it has
        none.
        """
        request = queries.GetOrderRequest(order_id=order_id, client_order_id=client_order_id)
        response = await self._connected().call(_ORDERS, "GetOrder", request, queries.GetOrderResponse)
        return decode(Order, response.order)

    async def list_orders(
        self, *, open_only: bool = False, instrument: str = "", account: str = "", limit: int | None = None
    ) -> list[Order]:
        """List the client's orders, newest first; all pages, or as many as `limit`."""
        orders: list[Order] = []
        request = queries.ListOrdersRequest(open_only=open_only, instrument=instrument, account=account)
        while limit is None or len(orders) < limit:
            request.page_size = _PAGE_SIZE if limit is None else min(_PAGE_SIZE, limit - len(orders))
            page = await self._connected().call(_ORDERS, "ListOrders", request, queries.ListOrdersResponse)
            orders += [decode(Order, order) for order in page.orders]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        return orders

    async def positions(self, account: str = "") -> list[Position]:
        """List positions of one account, or of all that the client may see."""
        request = queries.ListPositionsRequest(account=account)
        response = await self._connected().call(
            _POSITIONS, "ListPositions", request, queries.ListPositionsResponse
        )
        return [decode(Position, position) for position in response.positions]

    async def sessions(self) -> list[Session]:
        """List the FIX sessions."""
        request = queries.ListSessionsRequest()
        response = await self._connected().call(
            _SESSIONS, "ListSessions", request, queries.ListSessionsResponse
        )
        return [decode(Session, session) for session in response.sessions]
