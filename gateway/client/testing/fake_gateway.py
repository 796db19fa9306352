"""The fake gateway: what a test tells it to do."""

from collections.abc import Callable

from gateway.client.aio import AsyncClient
from gateway.client.blocking import Client
from gateway.client.commands import IdFactory, random_id
from gateway.client.connection import Connection, Settings
from gateway.client.testing.fake_control import FakeControl
from gateway.client.testing.fake_line import FakeLine
from gateway.client.testing.fake_wire import FakeConnection

__all__ = ["FakeGateway"]

_START_NS = 1_767_623_400_000_000_000
"""2026-01-05 14:30 UTC."""


class FakeGateway(FakeControl, FakeLine):
    """A gateway with one venue, in memory. Decides like the real one; what the venue does, the test says.

    By default the venue acknowledges orders and confirms replaces and cancels at once, and fills nothing. `on_order`,
    `on_replace` and `on_cancel` are what it does instead: one of the methods (`gateway.on_order = gateway.fill`), a
    function of a client_order_id, or None for silence. Methods may be called from any thread. Where a method asks for
    what cannot be, it raises ScriptError.
    """

    def __init__(self, *, venue: str = "VENUE", start_ns: int = _START_NS) -> None:
        """Make a gateway whose time is `start_ns` now and goes on with the event loop's, virtual or not."""
        super().__init__(venue, start_ns)

    # --- clients

    def client(
        self,
        client: str = "test",
        *,
        account: str = "",
        strategy: str = "",
        track_orders: bool = True,
        make_id: IdFactory = random_id,
        settings: Settings | None = None,
    ) -> AsyncClient:
        """Make an asyncio client of this gateway."""
        return _FakeAsyncClient(
            self,
            client,
            account=account,
            strategy=strategy,
            track_orders=track_orders,
            make_id=make_id,
            settings=settings,
        )

    def blocking_client(
        self,
        client: str = "test",
        *,
        account: str = "",
        strategy: str = "",
        track_orders: bool = True,
        make_id: IdFactory = random_id,
        settings: Settings | None = None,
    ) -> Client:
        """Make a blocking client of this gateway. Its thread lives in real time."""
        return _FakeClient(
            lambda: self.client(
                client,
                account=account,
                strategy=strategy,
                track_orders=track_orders,
                make_id=make_id,
                settings=settings,
            )
        )


class _FakeAsyncClient(AsyncClient):
    def __init__(
        self,
        gateway: FakeGateway,
        client: str,
        *,
        account: str,
        strategy: str,
        track_orders: bool,
        make_id: IdFactory,
        settings: Settings | None,
    ) -> None:
        super().__init__(
            "127.0.0.1:0",
            client=client,
            account=account,
            strategy=strategy,
            track_orders=track_orders,
            make_id=make_id,
            settings=settings,
        )
        self._gateway = gateway

    def _make_connection(self) -> Connection:
        return FakeConnection(self._gateway, self._identity.client, self._settings)


class _FakeClient(Client):
    def __init__(self, make: Callable[[], AsyncClient]) -> None:
        super().__init__("127.0.0.1:0")
        self._make = make
