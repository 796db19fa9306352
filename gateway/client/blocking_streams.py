"""What a blocking client gives out that changes: events, and orders that follow them."""

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

from gateway.client.blocking_loop import LoopThread
from gateway.client.decimals import Number
from gateway.client.errors import ClientClosedError
from gateway.client.event_stream import EventStream
from gateway.client.events import Event
from gateway.client.live_order import LiveOrder, OrderChange, OrderChanges
from gateway.client.model import Order, Result
from gateway.client.order_view import OrderView
from gateway.client.terms import OrderTerms
from gateway.client.watch import Watch

__all__ = ["BlockingEventStream", "BlockingLiveOrder", "BlockingOrderChanges", "BlockingWatch"]

Item = TypeVar("Item")


class BlockingEventStream:
    """An iterator over events; also a context manager. As EventStream, for one thread at a time."""

    def __init__(self, loop: LoopThread, stream: EventStream) -> None:
        self._loop = loop
        self._stream = stream
        self._waiting: list[Event] = []
        """Taken over from the loop, not yet given out; the newest first. One hand-over serves many events."""
        self._given_to: int | None = None

    @property
    def resume_lsn(self) -> int | None:
        """The point to resume from: every event up to here was given out."""
        return self._given_to if self._waiting else self._stream.resume_lsn

    @property
    def journal(self) -> str:
        """The journal that the point is of."""
        return self._stream.journal

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


class BlockingLiveOrder(OrderView):
    """An order as it is now. As LiveOrder, for any number of threads."""

    def __init__(self, loop: LoopThread, live: LiveOrder) -> None:
        self._loop = loop
        self._live = live

    @property
    def snapshot(self) -> Order:
        return self._live.snapshot

    @property
    def result(self) -> Result | None:
        return self._live.result

    def __iter__(self) -> "BlockingOrderChanges":
        """Iterate over what becomes of it: first as it is now, then every change, until it has ended."""
        return BlockingOrderChanges(self._loop, aiter(self._live))

    def wait(self, until: Callable[[Order], bool], timeout_s: float | None = None) -> Order:
        """Wait until the order is as asked for; `until` is called on the client's thread."""
        return self._loop.run(self._live.wait(until, timeout_s))

    def done(self, timeout_s: float | None = None) -> Order:
        """Wait until it has ended."""
        return self._loop.run(self._live.done(timeout_s))

    def filled(self, timeout_s: float | None = None) -> Order:
        """Wait until all of it has traded. Raises NotFilledError where it ended otherwise."""
        return self._loop.run(self._live.filled(timeout_s))

    def replace(
        self,
        *,
        quantity: Number | None = None,
        price: Number | None = None,
        client_request_id: str = "",
        terms: OrderTerms | None = None,
        deadline_s: float | None = None,
    ) -> Result:
        """Replace its quantity, price or both."""
        return self._loop.run(
            self._live.replace(
                quantity=quantity,
                price=price,
                client_request_id=client_request_id,
                terms=terms,
                deadline_s=deadline_s,
            )
        )

    def cancel(self, *, client_request_id: str = "", deadline_s: float | None = None) -> Result:
        """Cancel what is left of it."""
        return self._loop.run(self._live.cancel(client_request_id=client_request_id, deadline_s=deadline_s))


class BlockingOrderChanges:
    """An iterator over what becomes of an order. As OrderChanges, for one thread at a time."""

    def __init__(self, loop: LoopThread, changes: OrderChanges) -> None:
        self._loop = loop
        self._changes = changes

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> OrderChange:
        change = self._loop.run(self._next())
        if change is None:
            raise StopIteration
        return change

    async def _next(self) -> OrderChange | None:
        return await anext(self._changes, None)


class BlockingWatch(Generic[Item]):
    """An iterator over what is watched; also a context manager. As Watch, for one thread at a time."""

    def __init__(self, loop: LoopThread, watch: Watch[Item]) -> None:
        self._loop = loop
        self._watch = watch

    @property
    def resume_lsn(self) -> int:
        """The point to resume from, once everything that has come was given out."""
        return self._watch.resume_lsn

    @property
    def journal(self) -> str:
        """The journal that the point is of."""
        return self._watch.journal

    def __enter__(self) -> Self:
        self._loop.run(self._watch.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Item:
        return self._loop.run(self._watch.__anext__())

    def close(self) -> None:
        """End it. May be called twice, and after the client was closed."""
        with suppress(ClientClosedError):
            self._loop.run(self._watch.aclose())
