"""The asyncio client."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from gateway.client.commands import (
    Cancel,
    Command,
    IdFactory,
    LinkedOrders,
    NewOrder,
    Replace,
    encode,
    random_id,
    request_id_of,
    with_id,
    with_order_ids,
)
from gateway.client.connection import Connection, Settings
from gateway.client.decimals import Number, to_text
from gateway.client.decode import decode
from gateway.client.enums import (
    LinkKind,
    OrderType,
    PartialFillPolicy,
    ReleasePolicy,
    Side,
    TimeInForce,
    TradingState,
)
from gateway.client.errors import GatewayError, OutcomeUnknownError, RefusedError, UnavailableError
from gateway.client.event_stream import EventStream
from gateway.client.identity import Identity, Tls
from gateway.client.model import Order, Position, Result, Session, TradingStateResult
from gateway.client.pipeline import Pipeline
from gateway.client.terms import OrderTerms
from gateway.client.tracking import LiveOrder, LiveOrders
from gateway.v1 import control_pb2 as control
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import sessions_pb2 as sessions

__all__ = ["AsyncClient"]

_ORDER_ENTRY = order_entry.DESCRIPTOR.services_by_name["OrderEntry"]
_ORDERS = queries.DESCRIPTOR.services_by_name["Orders"]
_POSITIONS = queries.DESCRIPTOR.services_by_name["Positions"]
_SESSIONS = sessions.DESCRIPTOR.services_by_name["Sessions"]
_RISK = control.DESCRIPTOR.services_by_name["Risk"]
_OPERATIONS = operations.DESCRIPTOR.services_by_name["Operations"]
_MARKET_DATA = control.DESCRIPTOR.services_by_name["MarketData"]

_PAGE_SIZE = 500


class AsyncClient:
    """Trades through a gateway.

        async with AsyncClient("127.0.0.1:50051", client="alpha", account="A1", strategy="momentum") as
        gateway: result = await gateway.submit("ACME", Side.BUY, 100, price=Decimal("10.25"))
        result.raise_if_denied()

    Connections that break are made anew, and commands without an answer are sent again with the id they have:
    the gateway does each once. `account` and `strategy` are for orders that name none. For one event loop.
    """

    def __init__(
        self,
        target: str,
        *,
        client: str = "",
        account: str = "",
        strategy: str = "",
        token: str | None = None,
        tls: Tls | None = None,
        track_orders: bool = True,
        make_id: IdFactory = random_id,
        settings: Settings | None = None,
    ) -> None:
        """Make a client of the gateway at `target` (host:port); it connects when entered.

        Who it is, the gateway's configuration (`api.identity`) decides: `client` names it, `token` or the
        certificate of `tls` proves it; `client` may then be left out, and is checked against the proof otherwise.
        Where the gateway has TLS, `tls` is needed, `Tls()` at least. Entering raises ValueError for a token that
        would go to another machine in plain text, and OSError where a file of `tls` cannot be read.

        With `track_orders` off, `order` and `wait_done` are not available, and no events are received for
        them.
        """
        self._settings = settings or Settings()
        self._target = target
        self._identity = Identity(client, token, tls)
        self._account = account
        self._strategy = strategy
        self._make_id = make_id
        self._live = LiveOrders() if track_orders else None
        self._connection: Connection | None = None
        self._pipeline: Pipeline | None = None

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def connect(self) -> None:
        """Connect. Raises UnavailableError, or RefusedError where the gateway does not know the client."""
        if self._connection is not None:
            raise GatewayError("the client is connected already, or was closed; make a new one")
        self._connection = Connection(self._target, self._identity, self._settings)
        self._pipeline = Pipeline(self._connection, self._live, self._resync)
        timeout_s = self._settings.connect_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                await self._connection.call(
                    _SESSIONS,
                    "ListSessions",
                    queries.ListSessionsRequest(),
                    queries.ListSessionsResponse,
                    timeout_s,
                )
                await self._pipeline.start()
        except (TimeoutError, UnavailableError) as error:
            await self.aclose()
            raise UnavailableError(
                f"no gateway answered at {self._target} within {timeout_s} s; is it running there?"
            ) from error
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close; commands without an answer fail. Orders stay as they are. May be called twice."""
        if self._pipeline is not None:
            await self._pipeline.close()
        if self._connection is not None:
            await self._connection.close()

    async def submit(
        self,
        instrument: str,
        side: Side,
        quantity: Number,
        *,
        price: Number | None = None,
        account: str = "",
        strategy: str = "",
        order_type: OrderType | None = None,
        time_in_force: TimeInForce = TimeInForce.DAY,
        venue: str = "",
        client_order_id: str = "",
        terms: OrderTerms | None = None,
        deadline_s: float | None = None,
    ) -> Result:
        """Submit an order: a limit order where a price is given, else a market order.

        `client_order_id` makes the order yours to find and safe to repeat; one is made where it is empty.
        With `deadline_s` the gateway denies the order rather than decide it later than that. Raises
        NotSentError or OutcomeUnknownError where no answer came in time; TypeError for a float.
        """
        order = NewOrder(
            instrument=instrument,
            side=side,
            quantity=quantity,
            price=price,
            account=account,
            strategy=strategy,
            order_type=order_type,
            time_in_force=time_in_force,
            venue=venue,
            client_order_id=client_order_id,
            terms=terms,
        )
        return await self._send_one(order, deadline_s)

    async def submit_oco(
        self,
        *orders: NewOrder,
        on_partial_fill: PartialFillPolicy = PartialFillPolicy.REDUCE,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit two to four orders of which a fill of one takes its quantity from the others.

        They are of one account, strategy, instrument, side and quantity; all are sent at once, or all are
        denied. The result names them in `linked_orders`. Otherwise as `submit`.
        """
        link = LinkedOrders(
            kind=LinkKind.OCO,
            orders=orders,
            on_partial_fill=on_partial_fill,
            client_request_id=client_request_id,
        )
        return await self._send_one(link, deadline_s)

    async def submit_oto(
        self,
        parent: NewOrder,
        *children: NewOrder,
        release: ReleasePolicy = ReleasePolicy.ON_FULL_FILL,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit an order, and one to three that the gateway holds (HELD) until it trades.

        A child's quantity is that for a parent filled in full. Otherwise as `submit_oco`.
        """
        link = LinkedOrders(
            kind=LinkKind.OTO,
            orders=(parent, *children),
            release=release,
            client_request_id=client_request_id,
        )
        return await self._send_one(link, deadline_s)

    async def submit_bracket(
        self,
        entry: NewOrder,
        take_profit: NewOrder,
        stop: NewOrder,
        *,
        on_partial_fill: PartialFillPolicy = PartialFillPolicy.REDUCE,
        release: ReleasePolicy = ReleasePolicy.ON_FULL_FILL,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit an entry, and the two exits for what it trades: a fill of one takes from the other.

        Exits have the entry's quantity and the other side. Otherwise as `submit_oco`.
        """
        link = LinkedOrders(
            kind=LinkKind.BRACKET,
            orders=(entry, take_profit, stop),
            on_partial_fill=on_partial_fill,
            release=release,
            client_request_id=client_request_id,
        )
        return await self._send_one(link, deadline_s)

    async def replace(
        self,
        client_order_id: str = "",
        *,
        order_id: int = 0,
        quantity: Number | None = None,
        price: Number | None = None,
        client_request_id: str = "",
        terms: OrderTerms | None = None,
        deadline_s: float | None = None,
    ) -> Result:
        """Replace quantity (in total), price or both of the order with either id. Otherwise as `submit`."""
        command = Replace(
            client_order_id=client_order_id,
            order_id=order_id,
            quantity=quantity,
            price=price,
            client_request_id=client_request_id,
            terms=terms,
        )
        return await self._send_one(command, deadline_s)

    async def cancel(
        self,
        client_order_id: str = "",
        *,
        order_id: int = 0,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Cancel what is left of the order with either id. Otherwise as `submit`."""
        command = Cancel(
            client_order_id=client_order_id, order_id=order_id, client_request_id=client_request_id
        )
        return await self._send_one(command, deadline_s)

    async def cancel_orders(self, *, account: str = "", strategy: str = "", instrument: str = "") -> int:
        """Cancel every open order of this client that fits; how many cancels were sent. What is empty fits all."""
        request = operations.CancelOrdersRequest(account=account, strategy=strategy, instrument=instrument)
        response = await self._connected().call(
            _OPERATIONS, "CancelOrders", request, operations.CancelOrdersResponse
        )
        return response.cancels_sent

    async def submit_many(self, commands: Iterable[Command]) -> list[Result]:
        """Send new orders, replaces, cancels and linked orders, in this order and in as few messages as may be.

        A result for each, in their order. Errors as `submit`; they carry the results that did come.
        """
        return await self._send([self._complete(command) for command in commands])

    def events(self, after_lsn: int | None = None) -> EventStream:
        """Follow the client's events after an lsn, 0 for all that the journal holds, None for those from now
        on.

        `async for event in client.events(0)`. It reconnects and resumes by itself; each event comes once, in
        order.
        """
        return EventStream(self._connected(), after_lsn)

    def order(self, client_order_id: str) -> LiveOrder:
        """Get an order that changes as events come: one that was open on connecting or was submitted since.

        Raises KeyError for any other; `get_order` asks the gateway.
        """
        live = self._tracked().get(client_order_id)
        if live is None:
            raise KeyError(f"{client_order_id!r} is not followed by this client; use get_order")
        return live

    async def wait_done(self, client_order_id: str, timeout_s: float | None = None) -> Order:
        """Wait until an order has ended. Raises TimeoutError; KeyError as `order`."""
        async with asyncio.timeout(timeout_s):
            return await self.order(client_order_id).wait(lambda order: not order.is_open)

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

    async def set_trading_state(
        self, level: str, state: TradingState, reason: str, *, cancel_open_orders: bool = False
    ) -> TradingStateResult:
        """Halt or resume trading at a level: "firm", "account:NAME", "instrument:NAME", "client:NAME",
        "venue:NAME".
        """
        request = control.SetTradingStateRequest(
            level=level,
            state=state.value,  # type: ignore[arg-type]  # the stubs want the proto's own enumeration
            reason=reason,
            cancel_open_orders=cancel_open_orders,
        )
        response = await self._connected().call(
            _RISK, "SetTradingState", request, control.SetTradingStateResponse
        )
        return TradingStateResult(
            level=level, state=state, lsn=response.lsn, cancels_sent=response.cancels_sent
        )

    async def set_reference_price(self, instrument: str, price: Number) -> int:
        """Set the price that limits are measured against; the lsn that records it."""
        request = control.SetReferencePricesRequest(
            prices=[control.ReferencePrice(instrument=instrument, price=to_text(price, "price"))]
        )
        response = await self._connected().call(
            _MARKET_DATA, "SetReferencePrices", request, control.SetReferencePricesResponse
        )
        return response.lsn

    async def _send_one(self, command: Command, deadline_s: float | None) -> Result:
        command = self._complete(command)
        if deadline_s is None:
            return (await self._send([command]))[0]
        result = await self._send_until(command, deadline_s)
        result = replace(result, client_request_id=request_id_of(command))  # also where it could not be read
        self._answered(command, result)
        return result

    async def _send(self, commands: Sequence[Command]) -> list[Result]:
        self._connected()
        assert self._pipeline is not None
        results = await self._pipeline.send(commands, self._settings.command_timeout_s)
        for command, result in zip(commands, results, strict=True):
            self._answered(command, result)
        return results

    async def _send_until(self, command: Command, deadline_s: float) -> Result:
        """Send by a unary call, whose deadline the gateway sees."""
        encoded = encode(command)
        connection = self._connected()
        try:
            match command:
                case NewOrder():
                    submit = order_entry.SubmitOrderRequest(order=encoded.new_order)
                    answer = await connection.call(
                        _ORDER_ENTRY, "SubmitOrder", submit, order_entry.SubmitOrderResponse, deadline_s
                    )
                    return decode(Result, answer.result)
                case Replace():
                    new_terms = order_entry.ReplaceOrderRequest(replace=encoded.replace)
                    replaced = await connection.call(
                        _ORDER_ENTRY, "ReplaceOrder", new_terms, order_entry.ReplaceOrderResponse, deadline_s
                    )
                    return decode(Result, replaced.result)
                case Cancel():
                    cancel = order_entry.CancelOrderRequest(cancel=encoded.cancel)
                    canceled = await connection.call(
                        _ORDER_ENTRY, "CancelOrder", cancel, order_entry.CancelOrderResponse, deadline_s
                    )
                    return decode(Result, canceled.result)
                case LinkedOrders():
                    link = order_entry.SubmitLinkedOrdersRequest(linked_orders=encoded.linked_orders)
                    linked = await connection.call(
                        _ORDER_ENTRY,
                        "SubmitLinkedOrders",
                        link,
                        order_entry.SubmitLinkedOrdersResponse,
                        deadline_s,
                    )
                    return decode(Result, linked.result)
        except UnavailableError as error:
            raise OutcomeUnknownError([request_id_of(command)], str(error)) from error

    def _complete(self, command: Command) -> Command:
        command = with_id(command, self._make_id)
        if isinstance(command, NewOrder):
            return self._placed(command)
        if isinstance(command, LinkedOrders):
            orders = with_order_ids(command.orders, self._make_id)
            return replace(command, orders=tuple(self._placed(order) for order in orders))
        return command

    def _placed(self, order: NewOrder) -> NewOrder:
        return replace(
            order, account=order.account or self._account, strategy=order.strategy or self._strategy
        )

    def _answered(self, command: Command, result: Result) -> None:
        if self._live is not None and isinstance(command, NewOrder):
            self._live.answered(command, self._identity.client, result)

    async def _resync(self) -> None:
        """Ask for the orders that are open, and for those that were when the events ended."""
        live = self._tracked()
        were_open = {order.order_id for order in live.open()}
        for order in await self.list_orders(open_only=True):
            live.take(order)
            were_open.discard(order.order_id)
        for order_id in were_open:
            try:
                live.take(await self.get_order(order_id=order_id))
            except RefusedError:
                continue  # another journal: this order is not in it

    def _connected(self) -> Connection:
        if self._connection is None:
            raise GatewayError("the client is not connected; use it in `async with`, or call connect() first")
        self._connection.check_open()
        return self._connection

    def _tracked(self) -> LiveOrders:
        if self._live is None:
            raise GatewayError("this client does not follow orders; make it with track_orders=True")
        return self._live
