"""The blocking client: the asyncio client on an event loop of its own, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import CancelledError
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from gateway.client.aio import AsyncClient
from gateway.client.commands import Command, IdFactory, NewOrder, random_id
from gateway.client.connection import Settings
from gateway.client.decimals import Number
from gateway.client.enums import (
    OrderType,
    PartialFillPolicy,
    ReleasePolicy,
    Side,
    TimeInForce,
    TradingState,
)
from gateway.client.errors import ClientClosedError
from gateway.client.event_stream import EventStream
from gateway.client.events import Event
from gateway.client.identity import Tls
from gateway.client.model import Order, Position, Result, Session, TradingStateResult
from gateway.client.terms import OrderTerms
from gateway.client.tracking import LiveOrder

__all__ = ["BlockingEventStream", "Client"]

Answer = TypeVar("Answer")


class _LoopThread:
    """An event loop that runs in a daemon thread until closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway.client", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Run a coroutine on the loop and wait for it; an interrupt of the waiting thread cancels it."""
        if self._loop.is_closed():
            work.close()
            raise ClientClosedError("the client is closed; make a new one")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError:
            raise ClientClosedError("the client was closed meanwhile") from None
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what still runs and end the thread. May be called twice."""
        if self._loop.is_closed():
            return
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class BlockingEventStream:
    """An iterator over events; also a context manager. As EventStream, for one thread at a time."""

    def __init__(self, loop: _LoopThread, stream: EventStream) -> None:
        self._loop = loop
        self._stream = stream
        self._waiting: list[Event] = []
        """Taken over from the loop, not yet given out; the newest first. One hand-over serves many events."""
        self._given_to: int | None = None

    @property
    def resume_lsn(self) -> int | None:
        """The point to resume from: every event up to here was given out."""
        return self._given_to if self._waiting else self._stream.resume_lsn

    def __enter__(self) -> Self:
        self._loop.run(self._stream.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        if not self._waiting:
            self._waiting = self._loop.run(self._stream.next_batch())[::-1]
        event = self._waiting.pop()
        self._given_to = event.lsn
        return event

    def close(self) -> None:
        """End the flow. May be called twice, and after the client was closed."""
        with suppress(ClientClosedError):
            self._loop.run(self._stream.aclose())


class Client:
    """Trades through a gateway from code without an event loop. For any number of threads.

        with Client("127.0.0.1:50051", client="alpha", account="A1", strategy="momentum") as gateway:
            gateway.submit("ACME", Side.BUY, 100, price=Decimal("10.25")).raise_if_denied()

    The methods are AsyncClient's, which documents them.
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
        self._loop_thread: _LoopThread | None = None
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
        self._loop_thread = _LoopThread()
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

    def submit(
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
        """Submit an order."""
        return self._run(
            self._client.submit(
                instrument,
                side,
                quantity,
                price=price,
                account=account,
                strategy=strategy,
                order_type=order_type,
                time_in_force=time_in_force,
                venue=venue,
                client_order_id=client_order_id,
                terms=terms,
                deadline_s=deadline_s,
            )
        )

    def submit_oco(
        self,
        *orders: NewOrder,
        on_partial_fill: PartialFillPolicy = PartialFillPolicy.REDUCE,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit orders of which a fill of one takes its quantity from the others."""
        return self._run(
            self._client.submit_oco(
                *orders,
                on_partial_fill=on_partial_fill,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def submit_oto(
        self,
        parent: NewOrder,
        *children: NewOrder,
        release: ReleasePolicy = ReleasePolicy.ON_FULL_FILL,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Submit an order, and those that are held until it trades."""
        return self._run(
            self._client.submit_oto(
                parent,
                *children,
                release=release,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def submit_bracket(
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
        """Submit an entry, and the two exits for what it trades."""
        return self._run(
            self._client.submit_bracket(
                entry,
                take_profit,
                stop,
                on_partial_fill=on_partial_fill,
                release=release,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def replace(
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
        """Replace quantity, price or both of an order."""
        return self._run(
            self._client.replace(
                client_order_id,
                order_id=order_id,
                quantity=quantity,
                price=price,
                client_request_id=client_request_id,
                terms=terms,
                deadline_s=deadline_s,
            )
        )

    def cancel(
        self,
        client_order_id: str = "",
        *,
        order_id: int = 0,
        client_request_id: str = "",
        deadline_s: float | None = None,
    ) -> Result:
        """Cancel what is left of an order."""
        return self._run(
            self._client.cancel(
                client_order_id,
                order_id=order_id,
                client_request_id=client_request_id,
                deadline_s=deadline_s,
            )
        )

    def submit_many(self, commands: Iterable[Command]) -> list[Result]:
        """Send new orders, replaces and cancels, in this order."""
        return self._run(self._client.submit_many(commands))

    def events(self, after_lsn: int | None = None) -> BlockingEventStream:
        """Follow the client's events."""
        assert self._loop_thread is not None
        return BlockingEventStream(self._loop_thread, self._client.events(after_lsn))

    def order(self, client_order_id: str) -> LiveOrder:
        """Get an order that changes as events come."""
        return self._client.order(client_order_id)

    def wait_done(self, client_order_id: str, timeout_s: float | None = None) -> Order:
        """Wait until an order has ended."""
        return self._run(self._client.wait_done(client_order_id, timeout_s))

    def get_order(self, client_order_id: str = "", *, order_id: int = 0) -> Order:
        """Get an order as the gateway holds it."""
        return self._run(self._client.get_order(client_order_id, order_id=order_id))

    def list_orders(
        self, *, open_only: bool = False, instrument: str = "", account: str = "", limit: int | None = None
    ) -> list[Order]:
        """List the client's orders, newest first."""
        return self._run(
            self._client.list_orders(open_only=open_only, instrument=instrument, account=account, limit=limit)
        )

    def cancel_orders(self, *, account: str = "", strategy: str = "", instrument: str = "") -> int:
        """Cancel every open order of this client that fits; how many cancels were sent. What is empty fits all."""
        return self._run(
            self._client.cancel_orders(account=account, strategy=strategy, instrument=instrument)
        )

    def positions(self, account: str = "") -> list[Position]:
        """List positions."""
        return self._run(self._client.positions(account))

    def sessions(self) -> list[Session]:
        """List the FIX sessions."""
        return self._run(self._client.sessions())

    def set_trading_state(
        self, level: str, state: TradingState, reason: str, *, cancel_open_orders: bool = False
    ) -> TradingStateResult:
        """Halt or resume trading at a level."""
        return self._run(
            self._client.set_trading_state(level, state, reason, cancel_open_orders=cancel_open_orders)
        )

    def set_reference_price(self, instrument: str, price: Number) -> int:
        """Set the price that limits are measured against."""
        return self._run(self._client.set_reference_price(instrument, price))

    @property
    def _client(self) -> AsyncClient:
        if self._async_client is None:
            raise ClientClosedError("the client is not connected; use it in `with`, or call connect() first")
        return self._async_client

    def _run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        assert self._loop_thread is not None
        return self._loop_thread.run(work)

    async def _start(self) -> None:
        client = self._make()  # on the loop that it is for
        await client.connect()
        self._async_client = client
