"""The channel to a gateway: calls, which failures are worth repeating, and how long to wait before."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakSet

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from gateway.client.errors import ClientClosedError, RefusedError, UnavailableError
from gateway.client.identity import Identity
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["REPEATABLE", "Backoff", "Connection", "Settings", "TradeCall"]

TradeCall = grpc.aio.StreamStreamCall[order_entry.TradeRequest, order_entry.TradeResponse]
Response = TypeVar("Response", bound=Message)

REPEATABLE = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,  # a connection that is cut in the middle of a message ends so, too
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.ABORTED,
    }
)
"""Failures after which the same call may succeed."""

_TRADE = f"/{order_entry.DESCRIPTOR.services_by_name['OrderEntry'].full_name}/Trade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a client deals with time and failure."""

    connect_timeout_s: float = 10.0
    """Entering the client fails with UnavailableError after this."""
    command_timeout_s: float = 10.0
    """A command without an answer fails after this, and is not sent any more."""
    query_timeout_s: float = 10.0
    """A query fails with UnavailableError after this."""
    silence_timeout_s: float = 20.0
    """A subscribed stream on which nothing came for this long is given up and opened anew; above three times
    the gateway's heartbeat interval.
    """
    stream_timeout_s: float = 5.0
    """A gateway that does not answer the opening of a stream for this long is given up for the next endpoint, or
    asked anew.
    """
    backoff_min_s: float = 0.05
    backoff_max_s: float = 2.0
    keepalive_s: float = 20.0
    """How often the gateway is pinged while a call is under way and nothing comes."""
    keepalive_timeout_s: float = 10.0
    """A connection whose ping is not answered for this long is given up: the gateway's machine is gone."""
    cancel_on_disconnect_s: float | None = None
    """Have the gateway cancel all of the client's open orders where its stream of commands ends and it has no stream
    again after this time, up to 600; None to leave them. A stream of events counts as one.
    """
    random: Callable[[], float] = field(default=random.random)
    """Spreads the clients' reconnects; 0 to 1."""


class Backoff:
    """Waits between attempts, each twice as long as the last up to a maximum, half of it random."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._next_s = settings.backoff_min_s

    def reset(self) -> None:
        """Start over."""
        self._next_s = self._settings.backoff_min_s

    def next_delay_s(self) -> float:
        """Get the next wait."""
        delay_s = self._next_s
        self._next_s = min(self._next_s * 2, self._settings.backoff_max_s)
        return delay_s * (0.5 + 0.5 * self._settings.random())


class Connection:
    """The identity that every call carries, and a channel to the endpoint in use.

    Endpoints are addresses of one gateway, or of others that take over its journal.
    """

    def __init__(self, targets: str | Sequence[str], identity: Identity, settings: Settings) -> None:
        """Raises ValueError where there is no target, or a token would go over the network in plain text;
        OSError for TLS files.
        """
        self.targets = (targets,) if isinstance(targets, str) else tuple(targets)
        if not self.targets:
            raise ValueError('expected at least one target, "host:port"')
        for target in self.targets:
            identity.check(target)
        self.settings = settings
        self._metadata = identity.metadata
        self._options = [*_options(settings), *identity.options]
        self._credentials = identity.credentials
        self._at = 0
        self._channels = {0: self._make_channel()}
        self._streams: WeakSet[TradeCall] = WeakSet()
        self._closed = False

    @property
    def target(self) -> str:
        """The endpoint in use."""
        return self.targets[self._at]

    async def close(self) -> None:
        """End all calls. May be called twice."""
        self._closed = True
        for channel in self._channels.values():
            await channel.close()

    def fail_over(self) -> None:
        """Turn to the next endpoint, if there is another; streams to this one are ended."""
        if len(self.targets) == 1:
            return
        self._at = (self._at + 1) % len(self.targets)
        if self._at not in self._channels:
            self._channels[self._at] = self._make_channel()
        for stream in list(self._streams):
            stream.cancel()
        self._streams.clear()

    def trade(self) -> TradeCall:
        """Open a stream of orders and events."""
        self.check_open()
        method: Any = self._channel.stream_stream(
            _TRADE,
            request_serializer=order_entry.TradeRequest.SerializeToString,
            response_deserializer=order_entry.TradeResponse.FromString,
        )
        call: TradeCall = method(metadata=self._metadata)
        self._streams.add(call)
        return call

    def watch(
        self, service: ServiceDescriptor, method: str, request: Message, response_type: type[Response]
    ) -> "grpc.aio.UnaryStreamCall[Message, Response]":
        """Open a stream that answers one request."""
        self.check_open()
        multicallable: Any = self._channel.unary_stream(
            f"/{service.full_name}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response_type.FromString,
        )
        call: grpc.aio.UnaryStreamCall[Message, Response] = multicallable(request, metadata=self._metadata)
        return call

    async def call(
        self,
        service: ServiceDescriptor,
        method: str,
        request: Message,
        response_type: type[Response],
        timeout_s: float | None = None,
    ) -> Response:
        """Make a unary call, and again while failures are repeatable and there is time.

        Raises UnavailableError when the time is over, RefusedError for any other status.
        """
        timeout_s = self.settings.query_timeout_s if timeout_s is None else timeout_s
        clock = asyncio.get_running_loop().time
        end, backoff = clock() + timeout_s, Backoff(self.settings)
        while True:
            self.check_open()
            try:
                return await self.attempt(service, method, request, response_type, max(end - clock(), 0))
            except grpc.aio.AioRpcError as error:
                delay_s = backoff.next_delay_s()
                if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED or (
                    error.code() in REPEATABLE and clock() + delay_s >= end
                ):
                    raise UnavailableError(
                        f"{method} at {self.target} was not answered within {timeout_s} s: {error.details()}"
                    ) from error
                if error.code() not in REPEATABLE:
                    raise RefusedError.of(error) from error
                await asyncio.sleep(delay_s)

    async def attempt(
        self,
        service: ServiceDescriptor,
        method: str,
        request: Message,
        response_type: type[Response],
        timeout_s: float,
    ) -> Response:
        """Make a unary call once. Raises AioRpcError, ClientClosedError."""
        self.check_open()
        multicallable: Any = self._channel.unary_unary(
            f"/{service.full_name}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response_type.FromString,
        )
        answer: Response = await multicallable(request, metadata=self._metadata, timeout=timeout_s)
        return answer

    def check_open(self) -> None:
        """Raise ClientClosedError once closed."""
        if self._closed:
            raise ClientClosedError("the client is closed; make a new one")

    @property
    def _channel(self) -> grpc.aio.Channel:
        return self._channels[self._at]

    def _make_channel(self) -> grpc.aio.Channel:
        if self._credentials is None:
            return grpc.aio.insecure_channel(self.target, options=self._options)
        return grpc.aio.secure_channel(self.target, self._credentials, options=self._options)


def _options(settings: Settings) -> list[tuple[str, int]]:
    backoff_ms = int(settings.backoff_min_s * 1000)
    return [
        ("grpc.keepalive_time_ms", int(settings.keepalive_s * 1000)),
        ("grpc.keepalive_timeout_ms", int(settings.keepalive_timeout_s * 1000)),
        # It is this one that ends a quiet connection; a minute where it is not given.
        ("grpc.http2.ping_timeout_ms", int(settings.keepalive_timeout_s * 1000)),
        # Waiting is Backoff's business; the channel's own default would add up to two minutes to it.
        ("grpc.initial_reconnect_backoff_ms", backoff_ms),
        ("grpc.min_reconnect_backoff_ms", backoff_ms),
        ("grpc.max_reconnect_backoff_ms", int(settings.backoff_max_s * 1000)),
    ]
