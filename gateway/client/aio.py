"""The asyncio client: connecting, events, the orders that are followed."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from gateway.client.audit_calls import AuditCalls
from gateway.client.commands import IdFactory, random_id
from gateway.client.connection import Connection, Settings
from gateway.client.control_calls import ControlCalls
from gateway.client.errors import GatewayError, RefusedError, UnavailableError
from gateway.client.event_stream import EventStream, Which
from gateway.client.identity import Identity, Tls
from gateway.client.live_order import LiveOrder
from gateway.client.model import Order
from gateway.client.order_calls import OrderCalls
from gateway.client.pipeline import Pipeline
from gateway.client.portfolio_calls import PortfolioCalls
from gateway.client.risk_calls import RiskCalls
from gateway.client.session_calls import SessionCalls
from gateway.client.tracking import LiveOrders
from gateway.client.watch_calls import WatchCalls

__all__ = ["AsyncClient"]


class AsyncClient(OrderCalls, WatchCalls, AuditCalls, ControlCalls, SessionCalls, RiskCalls, PortfolioCalls):
    """Trades through a gateway.

        async with AsyncClient("127.0.0.1:7010", client="alpha", account="A1", strategy="momentum") as gateway:
            order = await gateway.submit("ACME", Side.BUY, 100, price=Decimal("10.25"))
            await order.raise_if_denied().filled(timeout_s=30)

    Connections that break are made anew, and commands without an answer are sent again with the id they have:
    the gateway does each once. `account` and `strategy` are for orders that name none. For one event loop.
    """

    def __init__(
        self,
        target: str | Sequence[str],
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

        Several targets are endpoints of that gateway, or of others that take over its journal: where one does not
        answer, the next is asked. A gateway with another journal is not sent what may have been done already.

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
        self._live = LiveOrders(self) if track_orders else None
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
        self._connection = self._make_connection()
        self._pipeline = Pipeline(self._connection, self._live, self._resync)
        timeout_s = self._settings.connect_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                await self._pipeline.start()
        except TimeoutError as error:
            await self.aclose()
            raise UnavailableError(
                f"no gateway answered at {' or '.join(self._connection.targets)} within {timeout_s} s; "
                "is it running there?"
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

    def events(
        self, after_lsn: int | None = None, *, which: Which | None = None, journal: str = ""
    ) -> EventStream:
        """Follow the client's events after an lsn, 0 for all that the journal holds, None for those from now
        on; all of them, or `which`.

        `async for event in client.events(0)`. It reconnects and resumes by itself; each event comes once, in
        order. It ends with EventsLostError where what comes next is not kept, or the gateway has not that `journal`.
        """
        return EventStream(self._connected(), after_lsn, which or Which(), journal)

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
        return await self.order(client_order_id).done(timeout_s)

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

    def _make_connection(self) -> Connection:
        return Connection(self._target, self._identity, self._settings)
