"""Streams that answer one request for ever, over as many connections as it takes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from gateway.client.connection import Backoff, Connection
from gateway.client.event_stream import JOURNAL, raise_unless_repeatable

__all__ = ["ResumePoint", "Watch", "WatchKind"]

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """How far a watch has come."""

    after_lsn: int = 0
    """0 begins."""
    journal: str = ""
    """Whose lsn that is; empty where nothing is known of it."""
    before_order_id: int = 0
    """In the midst of orders as they are: which are still to come; 0 for none."""

    @property
    def begins(self) -> bool:
        """Whether nothing has come yet."""
        return not self.after_lsn


class WatchKind(Generic[Item]):
    """Which call it is, and how its messages are read."""

    def __init__(
        self,
        service: ServiceDescriptor,
        method: str,
        request: Callable[["ResumePoint"], Message],
        response_type: type[Message],
        read: Callable[[Message], Sequence[Item]],
        *,
        from_now: bool = False,
    ) -> None:
        """`request` makes the request that resumes. With `from_now` entering the watch waits until it has begun."""
        self.service = service
        self.method = method
        self.request = request
        self.response_type = response_type
        self.read = read
        self.from_now = from_now


class Watch(Generic[Item]):
    """An asynchronous iterator over what is watched; also a context manager. For one task at a time.

    It reconnects and resumes by itself. Raises EventsLostError where the journal does not hold the resume point any
    more, RefusedError where the gateway does not serve it.
    """

    def __init__(
        self, connection: Connection, kind: WatchKind[Item], after_lsn: int = 0, journal: str = ""
    ) -> None:
        self._connection = connection
        self._kind = kind
        self._backoff = Backoff(connection.settings)
        self._call: grpc.aio.UnaryStreamCall[Message, Message] | None = None
        self._resume_lsn = after_lsn
        self._point = ResumePoint(after_lsn, journal if after_lsn else "")
        self._journal = journal
        self._waiting: list[Item] = []
        """Received, not yet given out; the newest first."""

    @property
    def resume_lsn(self) -> int:
        """The point to resume from, once everything that has come was given out."""
        return self._resume_lsn

    @property
    def journal(self) -> str:
        """The journal that the point is of; give both to resume. Empty before the gateway first answered."""
        return self._journal

    async def __aenter__(self) -> Self:
        while self._kind.from_now and self._point.begins:
            await self._receive()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        while not self._waiting:
            await self._receive()
        return self._waiting.pop()

    async def aclose(self) -> None:
        """End it."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    async def _receive(self) -> None:
        kind = self._kind
        try:
            if self._call is None:
                request = kind.request(self._point)
                self._call = self._connection.watch(kind.service, kind.method, request, kind.response_type)
                await self._take_journal(self._call)
            async with asyncio.timeout(self._connection.settings.silence_timeout_s):
                response = await self._call.read()
            if isinstance(response, Message):
                self._backoff.reset()
                self._waiting = list(reversed(kind.read(response)))
                self._go_on_from(response)
                return
            self._call = None  # the gateway ended it without a complaint
        except TimeoutError:
            await self.aclose()
        except asyncio.CancelledError:
            self._call = None
            self._connection.check_open()  # closing the channel looks like this too
            raise
        except grpc.aio.AioRpcError as error:
            self._call = None
            raise_unless_repeatable(error)
        await asyncio.sleep(self._backoff.next_delay_s())

    async def _take_journal(self, call: "grpc.aio.UnaryStreamCall[Message, Message]") -> None:
        """Note the journal that the gateway keeps; it refuses a point of another one itself."""
        async with asyncio.timeout(self._connection.settings.silence_timeout_s):
            metadata = dict(await call.initial_metadata() or ())
        if journal := metadata.get(JOURNAL):  # a call that is refused has none
            self._journal = str(journal)

    def _go_on_from(self, response: Message) -> None:
        message: Any = response
        self._point = replace(self._point, journal=self._journal)
        if getattr(message, "snapshot_before_order_id", 0):
            self._point = replace(
                self._point,
                after_lsn=message.snapshot_lsn,
                before_order_id=message.snapshot_before_order_id,
            )
            return
        # A message without a point to resume from (the last of a snapshot, positions) changes none: from the snapshot's
        # lsn on everything comes that has changed since.
        snapshot_lsn: int = getattr(message, "snapshot_lsn", 0)
        self._resume_lsn = getattr(message, "resume_lsn", 0) or self._resume_lsn
        self._point = replace(
            self._point,
            after_lsn=self._resume_lsn or snapshot_lsn or self._point.after_lsn,
            before_order_id=0,
        )
