"""Streams that answer one request for ever, over as many connections as it takes."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from gateway.client.connection import Backoff, Connection
from gateway.client.event_stream import raise_unless_repeatable

__all__ = ["Watch", "WatchKind"]

Item = TypeVar("Item")


class _Watched(Protocol):
    @property
    def resume_lsn(self) -> int: ...


class WatchKind(Generic[Item]):
    """Which call it is, and how its messages are read."""

    def __init__(
        self,
        service: ServiceDescriptor,
        method: str,
        request: Callable[[int], Message],
        response_type: type[Message],
        read: Callable[[Message], Sequence[Item]],
    ) -> None:
        """`request` makes the request that resumes after an lsn; 0 begins."""
        self.service = service
        self.method = method
        self.request = request
        self.response_type = response_type
        self.read = read


class Watch(Generic[Item]):
    """An asynchronous iterator over what is watched; also a context manager. For one task at a time.

    It reconnects and resumes by itself. Raises EventsLostError where the journal does not hold the resume point any
    more, RefusedError where the gateway does not serve it.
    """

    def __init__(self, connection: Connection, kind: WatchKind[Item], after_lsn: int = 0) -> None:
        self._connection = connection
        self._kind = kind
        self._backoff = Backoff(connection.settings)
        self._call: grpc.aio.UnaryStreamCall[Message, Message] | None = None
        self._resume_lsn = after_lsn
        self._waiting: list[Item] = []
        """Received, not yet given out; the newest first."""

    @property
    def resume_lsn(self) -> int:
        """The point to resume from, once everything that has come was given out."""
        return self._resume_lsn

    async def __aenter__(self) -> Self:
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
                request = kind.request(self._resume_lsn)
                self._call = self._connection.watch(kind.service, kind.method, request, kind.response_type)
            async with asyncio.timeout(self._connection.settings.silence_timeout_s):
                response = await self._call.read()
            if isinstance(response, Message):
                self._backoff.reset()
                self._waiting = list(reversed(kind.read(response)))
                self._resume_lsn = _resume_of(response) or self._resume_lsn
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


def _resume_of(response: Message) -> int:
    lsn: int = getattr(response, "resume_lsn")  # noqa: B009  # every message of a watch has it
    return lsn
