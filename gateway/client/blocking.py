"""The blocking client: the asyncio client on an event loop of its own, in a thread of its own."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from gateway.client.aio import AsyncClient
from gateway.client.blocking_loop import LoopThread
from gateway.client.blocking_orders import BlockingOrders
from gateway.client.blocking_portfolio import BlockingPortfolio
from gateway.client.blocking_queries import BlockingAudit, BlockingControl, BlockingQueries
from gateway.client.blocking_risk import BlockingRisk
from gateway.client.blocking_sessions import BlockingSessions
from gateway.client.blocking_streams import BlockingEventStream, BlockingLiveOrder
from gateway.client.blocking_watches import BlockingWatches
from gateway.client.commands import IdFactory, random_id
from gateway.client.connection import Settings
from gateway.client.errors import ClientClosedError
from gateway.client.event_stream import Which
from gateway.client.identity import Tls
from gateway.client.model import Order

__all__ = ["Client"]


class Client(
    BlockingOrders,
    BlockingQueries,
    BlockingWatches,
    BlockingAudit,
    BlockingControl,
    BlockingSessions,
    BlockingRisk,
    BlockingPortfolio,
):
    """Trades through a gateway from code without an event loop. For any number of threads.

        with Client("127.0.0.1:7010", client="alpha", account="A1", strategy="momentum") as gateway:
            gateway.submit("ACME", Side.BUY, 100, price=Decimal("10.25")).raise_if_denied()

    The methods are AsyncClient's, which documents them.
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
        """Make a client of the gateway at `target` (host:port); it connects when entered."""
        self._make: Callable[[], AsyncClient] = lambda: AsyncClient(
            target,
            client=client,
            account=account,
            strategy=strategy,
            token=token,
            tls=tls,
            track_orders=track_orders,
            make_id=make_id,
            settings=settings,
        )
        self._loop_thread: LoopThread | None = None
        self._async_client: AsyncClient | None = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def connect(self) -> None:
        """Start the thread and connect."""
        if self._loop_thread is not None:
            raise ClientClosedError("the client is connected already, or was closed; make a new one")
        self._loop_thread = LoopThread()
        try:
            self._loop_thread.run(self._start())
        except BaseException:
            self._loop_thread.close()
            raise

    def close(self) -> None:
        """Close and end the thread. May be called twice."""
        if self._loop_thread is not None and self._async_client is not None:
            client, self._async_client = self._async_client, None
            self._loop_thread.run(client.aclose())
            self._loop_thread.close()

    def events(
        self, after_lsn: int | None = None, *, which: Which | None = None, journal: str = ""
    ) -> BlockingEventStream:
        """Follow the client's events."""
        assert self._loop_thread is not None
        stream = self._client.events(after_lsn, which=which, journal=journal)
        return BlockingEventStream(self._loop_thread, stream)

    def order(self, client_order_id: str) -> BlockingLiveOrder:
        """Get an order that changes as events come."""
        return self._blocking(self._client.order(client_order_id))

    def wait_done(self, client_order_id: str, timeout_s: float | None = None) -> Order:
        """Wait until an order has ended."""
        return self._run(self._client.wait_done(client_order_id, timeout_s))

    async def _start(self) -> None:
        client = self._make()  # on the loop that it is for
        await client.connect()
        self._async_client = client
