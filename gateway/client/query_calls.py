"""What a client asks: orders, executions, positions, sessions."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.client.calls import Calls
from gateway.client.decode import decode
from gateway.client.enums import ExecType, OrderStatus
from gateway.client.events import ExecutionReported
from gateway.client.model import MarketPhaseInForce, Order, Position, Session, TradingStateInForce
from gateway.client.proto_enums import enumerators
from gateway.client.references import Quote, ReferencePrice
from gateway.v1 import control_pb2 as control
from gateway.v1 import executions_pb2 as executions
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import sessions_pb2 as sessions

__all__ = ["QueryCalls", "timestamp"]

_ORDERS = queries.DESCRIPTOR.services_by_name["Orders"]
_POSITIONS = queries.DESCRIPTOR.services_by_name["Positions"]
_SESSIONS = sessions.DESCRIPTOR.services_by_name["Sessions"]

_EXECUTIONS = executions.DESCRIPTOR.services_by_name["Executions"]
_RISK = control.DESCRIPTOR.services_by_name["Risk"]
_MARKET_DATA = control.DESCRIPTOR.services_by_name["MarketData"]

_PAGE_SIZE = 500


class QueryCalls(Calls):
    """Reads of what the gateway knows. All of them raise UnavailableError and RefusedError."""

    async def get_order(
        self, client_order_id: str = "", *, order_id: int = 0, any_client: bool = False
    ) -> Order:
        """Get an order as the gateway holds it, by either id; with `any_client` and the right admin another client's,
        by `order_id`. Raises RefusedError (NOT_FOUND) where there is none.
        """
        request = queries.GetOrderRequest(
            order_id=order_id, client_order_id=client_order_id, any_client=any_client
        )
        response = await self._connected().call(_ORDERS, "GetOrder", request, queries.GetOrderResponse)
        return decode(Order, response.order)

    async def list_orders(
        self,
        *,
        open_only: bool = False,
        instrument: str = "",
        account: str = "",
        strategy: str = "",
        venue: str = "",
        statuses: Sequence[OrderStatus] = (),
        created_from: datetime | None = None,
        created_before: datetime | None = None,
        any_client: bool = False,
        client: str = "",
        limit: int | None = None,
    ) -> list[Order]:
        """List orders, newest first; all pages, or as many as `limit`. What is empty fits all.

        Times need a time zone. `any_client` asks for those of every client in the caller's accounts, or of one
        `client` of them, which takes the right admin.
        """
        request = queries.ListOrdersRequest(
            open_only=open_only,
            instrument=instrument,
            account=account,
            strategy=strategy,
            venue=venue,
            statuses=enumerators(statuses),
            created_from=timestamp(created_from),
            created_before=timestamp(created_before),
            any_client=any_client,
            client=client,
        )
        found = await self._pages(_ORDERS, "ListOrders", request, queries.ListOrdersResponse, "orders", limit)
        return [decode(Order, order) for order in found]

    async def list_executions(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        order_id: int = 0,
        exec_types: Sequence[ExecType] = (),
        since: datetime | None = None,
        before: datetime | None = None,
        any_client: bool = False,
        client: str = "",
        limit: int | None = None,
    ) -> list[ExecutionReported]:
        """List what venues reported on the client's orders, newest first; all pages, or as many as `limit`.

        `exec_types=[ExecType.TRADE]` for fills alone. Otherwise as `list_orders`.
        """
        request = executions.ListExecutionsRequest(
            account=account,
            strategy=strategy,
            instrument=instrument,
            order_id=order_id,
            exec_types=enumerators(exec_types),
            before=timestamp(before),
            any_client=any_client,
            client=client,
        )
        if since is not None:
            getattr(request, "from").CopyFrom(timestamp(since))  # a word of Python's
        found = await self._pages(
            _EXECUTIONS, "ListExecutions", request, executions.ListExecutionsResponse, "executions", limit
        )
        return [
            decode(ExecutionReported, each.report, lsn=each.lsn, time_ns=each.time.ToNanoseconds())
            for each in found
        ]

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

    async def trading_states(self) -> list[TradingStateInForce]:
        """List the levels at which trading is not as usual."""
        response = await self._connected().call(
            _RISK, "ListTradingStates", control.ListTradingStatesRequest(), control.ListTradingStatesResponse
        )
        return [decode(TradingStateInForce, state) for state in response.states]

    async def market_phases(self) -> list[MarketPhaseInForce]:
        """List the phases of markets that are known, venues first, then instruments."""
        response = await self._connected().call(
            _MARKET_DATA,
            "ListMarketPhases",
            control.ListMarketPhasesRequest(),
            control.ListMarketPhasesResponse,
        )
        return [decode(MarketPhaseInForce, phase) for phase in response.phases]

    async def reference_prices(self) -> dict[str, Decimal]:
        """List the reference prices in force, by instrument."""
        request = control.ListReferencePricesRequest()
        response = await self._connected().call(
            _MARKET_DATA, "ListReferencePrices", request, control.ListReferencePricesResponse
        )
        return {price.instrument: Decimal(price.price) for price in response.prices if price.price}

    async def market_references(self) -> list[ReferencePrice]:
        """List all that is known of each instrument's market: prices, volume, and the time that each is of."""
        request = control.ListReferencePricesRequest()
        response = await self._connected().call(
            _MARKET_DATA, "ListReferencePrices", request, control.ListReferencePricesResponse
        )
        return [
            decode(
                ReferencePrice,
                each.references,
                instrument=each.instrument,
                price=Decimal(each.price) if each.price else None,
                as_of_ns=each.as_of.ToNanoseconds(),
            )
            for each in response.prices
        ]

    async def quotes(self, *instruments: str) -> list[Quote]:
        """List what is known of the market of each instrument, or of those that are named."""
        request = control.ListQuotesRequest(instruments=instruments)
        response = await self._connected().call(
            _MARKET_DATA, "ListQuotes", request, control.ListQuotesResponse
        )
        return [decode(Quote, quote) for quote in response.quotes]

    async def _pages(
        self,
        service: ServiceDescriptor,
        method: str,
        request: Any,
        response_type: type[Message],
        field: str,
        limit: int | None,
    ) -> list[Any]:
        """Ask for page after page; a page may be short and not the last."""
        found: list[Any] = []
        while limit is None or len(found) < limit:
            request.page_size = _PAGE_SIZE if limit is None else min(_PAGE_SIZE, limit - len(found))
            page: Any = await self._connected().call(service, method, request, response_type)
            found += getattr(page, field)
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        return found


def timestamp(time: datetime | None) -> Timestamp | None:
    """Make the API's time. Raises ValueError where there is no time zone."""
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError(f"expected a time with a time zone, was {time}")
    message = Timestamp()
    message.FromDatetime(time)
    return message
