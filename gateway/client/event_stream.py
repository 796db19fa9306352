"""Events from the journal, over as many connections as it takes: each once, in lsn order."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import grpc
import grpc.aio

from gateway.client.connection import REPEATABLE, Backoff, Connection, TradeCall
from gateway.client.errors import EventsLostError, RefusedError
from gateway.client.events import EVENT_TYPES, Event, decode_event
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = [
    "JOURNAL",
    "EventStream",
    "Which",
    "journal_of",
    "open_subscription",
    "raise_unless_repeatable",
    "read_response",
    "write_request",
]

JOURNAL = "journal"
"""The metadata in which a gateway names its journal at the start of every stream."""

_REPEATABLE_STREAM = frozenset(
    {
        grpc.StatusCode.OK,  # the gateway ended it without a complaint
        grpc.StatusCode.RESOURCE_EXHAUSTED,  # too many streams: others of this client may be about to end
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which events of the client: every field that is not empty has to fit."""

    kinds: Sequence[type[Event] | str] = ()
    """Kinds of events, as `OrderAccepted`, or their names in the proto, as "order_accepted"."""
    accounts: Sequence[str] = ()
    """With these, events of no account are left out; so with strategies."""
    strategies: Sequence[str] = ()
    instruments: Sequence[str] = ()

    @property
    def kind_names(self) -> list[str]:
        """The kinds, by their names in the proto. Raises ValueError for a class that is no kind of its own."""
        return [kind if isinstance(kind, str) else _name_of(kind) for kind in self.kinds]


def _name_of(kind: type[Event]) -> str:
    for name, event_type in EVENT_TYPES.items():
        if event_type is kind:
            return name
    raise ValueError(f"expected a kind of events, such as OrderAccepted, was {kind.__name__}")


async def open_subscription(
    connection: Connection,
    after_lsn: int | None,
    which: Which | None = None,
    *,
    journal: str = "",
    cancel_on_disconnect_s: float | None = None,
) -> TradeCall:
    """Open a stream that is subscribed to what comes after an lsn, or from now on."""
    which = which or Which()
    subscription = order_entry.Subscription(
        after_lsn=after_lsn or 0,
        from_now=after_lsn is None,
        kinds=which.kind_names,
        accounts=which.accounts,
        strategies=which.strategies,
        instruments=which.instruments,
        journal=journal if after_lsn else "",
        cancel_on_disconnect=cancel_on_disconnect_s is not None,
        cancel_grace_ms=round(1000 * (cancel_on_disconnect_s or 0)),
    )
    call = connection.trade()
    await _write_first(call, order_entry.TradeRequest(subscription=subscription))
    return call


async def journal_of(connection: Connection, call: TradeCall) -> str:
    """Wait until the gateway has taken a stream: the journal that it keeps.

    AioRpcError where the stream has ended, TimeoutError where nothing came within `stream_timeout_s`.
    """
    async with asyncio.timeout(connection.settings.stream_timeout_s):
        metadata = dict(await call.initial_metadata() or ())
        if JOURNAL not in metadata:
            raise await _end_of(call)  # a stream that is refused or broken has none
        return str(metadata[JOURNAL])


async def _write_first(call: TradeCall, request: order_entry.TradeRequest) -> None:
    """Write the first message; AioRpcError where the stream has ended, by `fail_over` as well.

    grpc leaves a write waiting for ever whose call is canceled before it has a connection.
    """
    writing = asyncio.ensure_future(write_request(call, request))
    over = asyncio.Event()
    call.add_done_callback(lambda _: over.set())
    ending = asyncio.ensure_future(over.wait())
    try:
        await asyncio.wait((writing, ending), return_when=asyncio.FIRST_COMPLETED)
        if not writing.done():
            raise await _end_of(call)
        writing.result()
    finally:
        writing.cancel()
        ending.cancel()


async def write_request(call: TradeCall, request: order_entry.TradeRequest) -> None:
    """Write a message; AioRpcError where the stream has ended."""
    try:
        await call.write(request)
    except asyncio.InvalidStateError:  # how grpc says that the call was over before
        raise await _end_of(call) from None


async def read_response(call: TradeCall, silence_timeout_s: float | None) -> order_entry.TradeResponse:
    """Read the next message; AioRpcError where the stream has ended, TimeoutError where nothing came for too
    long.
    """
    async with asyncio.timeout(silence_timeout_s):
        response = await call.read()
    if isinstance(response, order_entry.TradeResponse):
        return response
    raise await _end_of(call)


async def _end_of(call: TradeCall) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(
        await call.code() or grpc.StatusCode.UNKNOWN,
        await call.initial_metadata(),
        await call.trailing_metadata(),
        details=await call.details(),
    )


class EventStream:
    """An asynchronous iterator over events; also a context manager.

    Iterating starts the flow. Entering it as a context does so too, and waits until the gateway has said from
    where: with `after_lsn` None, whatever happens after that is seen. Reading slowly holds up nobody. For one
    task at a time.
    """

    def __init__(
        self, connection: Connection, after_lsn: int | None, which: Which, journal: str = ""
    ) -> None:
        self._connection = connection
        self._backoff = Backoff(connection.settings)
        self._call: TradeCall | None = None
        self._read_to = after_lsn
        """Everything up to here has been received."""
        self._given_to = after_lsn
        which.kind_names  # noqa: B018  # a kind that is none is told here, not when the events are awaited
        self._which = which
        self._journal = journal if after_lsn else ""
        """Where the events come from; empty before the first."""
        self._waiting: list[Event] = []
        """Received, not yet given out; the newest first."""

    @property
    def resume_lsn(self) -> int | None:
        """The point to resume from: every event up to here was given out. None before the gateway first
        answered.
        """
        return self._given_to if self._waiting else self._read_to

    @property
    def journal(self) -> str:
        """The journal that the point is of; give both to resume. Empty before the gateway first answered."""
        return self._journal

    async def __aenter__(self) -> Self:
        if self._read_to is None:
            await self._receive()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            await self._receive()
        event = self._waiting.pop()
        self._given_to = event.lsn
        return event

    async def next_batch(self) -> list[Event]:
        """Wait for events and take all that have arrived."""
        batch = [await self.__anext__()]
        while self._waiting:
            batch.append(await self.__anext__())
        return batch

    async def aclose(self) -> None:
        """End the flow."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    async def _receive(self) -> None:
        """Take one message, over a new connection where need be.

        Raises EventsLostError where the journal does not reach back far enough, RefusedError where the
        gateway does not let the client in.
        """
        while True:
            try:
                if self._call is None:
                    self._call = await open_subscription(
                        self._connection, self._read_to, self._which, journal=self._journal
                    )
                    self._check_journal(await journal_of(self._connection, self._call))
                response = await read_response(self._call, self._connection.settings.silence_timeout_s)
                break
            except TimeoutError:
                await self.aclose()
            except asyncio.CancelledError:
                self._call = None
                self._connection.check_open()  # closing the channel looks like this too
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                # The client has turned to another endpoint, and its streams with it.
            except grpc.aio.AioRpcError as error:
                self._call = None
                raise_unless_repeatable(error)
            await asyncio.sleep(self._backoff.next_delay_s())
        self._backoff.reset()
        last = self._read_to or 0
        self._waiting = [decode_event(event) for event in reversed(response.events) if event.lsn > last]
        self._given_to = self._read_to
        self._read_to = max(response.resume_lsn, last)

    def _check_journal(self, journal: str) -> None:
        """Raise EventsLostError where the gateway keeps another journal than before."""
        if self._journal in ("", journal):
            self._journal = journal
            return
        raise EventsLostError(
            grpc.StatusCode.OUT_OF_RANGE,
            f"the gateway at {self._connection.target} keeps journal {journal!r}, "
            f"the events so far are of another journal, {self._journal!r}; compare orders, then follow from now",
        )


def raise_unless_repeatable(error: grpc.aio.AioRpcError) -> None:
    """Raise what a stream's end means to the user, unless a new stream may do better."""
    code = error.code()
    if code is grpc.StatusCode.OUT_OF_RANGE:
        raise EventsLostError.of(error) from error
    if code not in REPEATABLE and code not in _REPEATABLE_STREAM:
        raise RefusedError.of(error) from error
