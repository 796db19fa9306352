"""Watches of a fake gateway: orders, executions, positions and quotes as they are, then as they change."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import grpc
import grpc.aio
from google.protobuf.message import Message

from gateway.client.testing.fake_failure import failure
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import executions_pb2 as executions
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types

__all__ = ["FakeWatch", "Watched"]

_HEARTBEAT_S = 5.0
_EVENTS_MAX = 500
_REPORTS = "execution_reported"


class Watched(Protocol):
    """The gateway at the other end."""

    @property
    def journal_id(self) -> str: ...

    def attach_watch(self, watch: "FakeWatch") -> None:
        """Take a watch on. Raises AioRpcError."""

    def detach_watch(self, watch: "FakeWatch") -> None: ...

    def start_of(self, subscription: order_entry.Subscription) -> int:
        """Find from where events count. Raises AioRpcError."""

    def events_after(
        self, client: str, lsn: int, limit: int, wanted: order_entry.Subscription
    ) -> tuple[Sequence[events.Event], int]: ...

    def look(self, client: str, method: str, request: Message) -> Message:
        """Answer a call that changes nothing. Raises AioRpcError."""


class FakeWatch:
    """A stream that answers one request, as grpc's call object shows one."""

    def __init__(self, far: Watched, client: str, method: str, request: Message) -> None:
        """Raises AioRpcError (UNIMPLEMENTED) for a method that is not played."""
        answers: dict[str, Callable[[Any], Iterator[Message | None]]] = {
            "Orders.WatchOrders": self._orders,
            "Executions.WatchExecutions": self._executions,
            "Positions.WatchPositions": self._positions,
            "MarketData.WatchQuotes": self._quotes,
        }
        if method not in answers:
            raise failure(
                grpc.StatusCode.UNIMPLEMENTED,
                f"the fake gateway does not play {method}; it plays {', '.join(sorted(answers))}",
            )
        self._far = far
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._end: grpc.aio.AioRpcError | None = None
        self._canceled = False
        self._heartbeat: Message = (
            queries.WatchOrdersResponse()
        )  # of the first answer's type, once that was given
        self._answers = answers[method](request)
        try:
            far.attach_watch(self)
        except grpc.aio.AioRpcError as error:
            self._end = error

    def wake(self) -> None:
        """Look for news; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    def end(self, error: grpc.aio.AioRpcError) -> None:
        """End it from the far side; from any thread."""
        self._end = self._end or error
        self._far.detach_watch(self)
        self.wake()

    def cancel(self) -> bool:
        self._canceled = True
        self.end(failure(grpc.StatusCode.CANCELLED, "the client ended the stream"))
        return True

    async def initial_metadata(self) -> grpc.aio.Metadata:
        return grpc.aio.Metadata() if self._end else grpc.aio.Metadata(("journal", self._far.journal_id))

    async def read(self) -> Message:
        while True:
            self._woken.clear()
            if self._canceled:
                raise asyncio.CancelledError
            if self._end is not None:
                raise self._end
            if (response := next(self._answers)) is not None:
                self._heartbeat = type(response)()
                if lsn := getattr(response, "resume_lsn", 0):
                    setattr(self._heartbeat, "resume_lsn", lsn)  # noqa: B010  # not every message has it
                return response
            try:
                async with asyncio.timeout(_HEARTBEAT_S):
                    await self._woken.wait()
            except TimeoutError:
                if self._end is None:
                    return self._heartbeat

    # --- what they answer: a message, or None to wait for news

    def _orders(self, request: queries.WatchOrdersRequest) -> Iterator[Message | None]:
        wanted = _subscription(request, kinds=())
        cursor = self._far.start_of(wanted)
        if not request.after_lsn:
            orders = self._listed(request, open_only=request.open_only)
            yield queries.WatchOrdersResponse(orders=orders, snapshot=True, snapshot_lsn=cursor)
        while True:
            new, moved_to = self._far.events_after(self._client, cursor, _EVENTS_MAX, wanted)
            ids = {getattr(getattr(event, event.WhichOneof("body") or ""), "order_id", 0) for event in new}
            changed = [order for order in self._listed(request) if order.order_id in ids]
            moved, cursor = moved_to != cursor, moved_to
            yield queries.WatchOrdersResponse(orders=changed, resume_lsn=cursor) if moved else None

    def _executions(self, request: executions.WatchExecutionsRequest) -> Iterator[Message | None]:
        wanted = _subscription(request, kinds=(_REPORTS,))
        cursor = self._far.start_of(wanted)
        yield executions.WatchExecutionsResponse(resume_lsn=cursor)
        while True:
            new, moved_to = self._far.events_after(self._client, cursor, _EVENTS_MAX, wanted)
            found = [
                executions.Execution(lsn=event.lsn, time=event.time, report=event.execution_reported)
                for event in new
                if not request.exec_types or event.execution_reported.exec_type in request.exec_types
            ]
            moved, cursor = moved_to != cursor, moved_to
            yield executions.WatchExecutionsResponse(executions=found, resume_lsn=cursor) if moved else None

    def _positions(self, request: queries.WatchPositionsRequest) -> Iterator[Message | None]:
        sent: dict[tuple[str, str, str], types.Position] = {}
        snapshot = True
        while True:
            asked = queries.ListPositionsRequest(account=request.account)
            listed: Any = self._far.look(self._client, "Positions.ListPositions", asked)
            changed = []
            for position in listed.positions:
                key = (position.account, position.strategy, position.instrument)
                fits = request.strategy in ("", key[1]) and request.instrument in ("", key[2])
                if fits and sent.get(key) != position:
                    sent[key] = position
                    changed.append(position)
            begins, snapshot = snapshot, False
            yield (
                queries.WatchPositionsResponse(positions=changed, snapshot=begins)
                if changed or begins
                else None
            )

    def _quotes(self, request: control.WatchQuotesRequest) -> Iterator[Message | None]:
        wanted = order_entry.Subscription(
            after_lsn=request.after_lsn,
            from_now=not request.after_lsn,
            kinds=["reference_price_set"],
            instruments=request.instruments,
            journal=request.journal,
        )
        cursor = self._far.start_of(wanted)
        if not request.after_lsn:
            yield control.WatchQuotesResponse(quotes=self._quoted(request.instruments), snapshot=True)
        while True:
            new, moved_to = self._far.events_after(self._client, cursor, _EVENTS_MAX, wanted)
            named = dict.fromkeys(event.reference_price_set.instrument for event in new)
            moved, cursor = moved_to != cursor, moved_to
            quotes = self._quoted(list(named)) if named else ()
            yield control.WatchQuotesResponse(quotes=quotes, resume_lsn=cursor) if moved else None

    def _quoted(self, instruments: Sequence[str]) -> Sequence[control.Quote]:
        asked = control.ListQuotesRequest(instruments=instruments)
        listed: Any = self._far.look(self._client, "MarketData.ListQuotes", asked)
        quotes: Sequence[control.Quote] = listed.quotes
        return quotes

    def _listed(self, request: queries.WatchOrdersRequest, *, open_only: bool = False) -> list[types.Order]:
        asked = queries.ListOrdersRequest(
            account=request.account,
            strategy=request.strategy,
            instrument=request.instrument,
            open_only=open_only,
            any_client=request.any_client,
            client=request.client,
            page_size=_EVENTS_MAX,
        )
        found: list[types.Order] = []
        while True:
            page: Any = self._far.look(self._client, "Orders.ListOrders", asked)
            found += page.orders
            if not page.next_page_token:
                return found
            asked.page_token = page.next_page_token


def _subscription(request: Any, kinds: Sequence[str]) -> order_entry.Subscription:
    """Give what a stream of events would be asked for; of orders, what comes from now on, behind them as they are."""
    begins = isinstance(request, queries.WatchOrdersRequest) and not request.after_lsn
    return order_entry.Subscription(
        after_lsn=request.after_lsn,
        from_now=begins or getattr(request, "from_now", False),
        kinds=kinds,
        accounts=[request.account] if request.account else [],
        strategies=[request.strategy] if request.strategy else [],
        instruments=[request.instrument] if request.instrument else [],
        journal=request.journal,
    )
