"""The standard health service, in step with the gateway.

The server as a whole ("") serves while it runs. `gateway.v1.OrderEntry` serves while at least one session
takes orders: what a load balancer or a strategy wants to know before it sends any.

Nobody has to say who it is here, so a connection may have few of these calls, and must send what it asks in time. Who
does not read what it watches waits for itself: no answer is written while others wait for anything.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

from gateway.api.core_port import Core
from gateway.core._core import CoreError
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries

__all__ = ["CALLS_PER_CONNECTION_MAX", "Health"]

CALLS_PER_CONNECTION_MAX = 8
"""Calls of health that one connection may have under way."""

_log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[bytes, bytes]
_Serve = Callable[[str, Context], Awaitable[None]]

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
_SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
_ORDER_ENTRY = order_entry.DESCRIPTOR.services_by_name["OrderEntry"].full_name


class Health:
    """Answers calls of health, and watches the sessions for that. For one event loop."""

    def __init__(self, core: Core, interval_s: float, request_timeout_s: float) -> None:
        self._core = core
        self._interval_s = interval_s
        self._request_timeout_s = request_timeout_s
        self._status: dict[str, int] = {"": _SERVING}
        self._changed = asyncio.Event()
        self._calls: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None

    def handlers(self) -> dict[str, grpc.RpcMethodHandler[Any, Any]]:
        """Give its methods, by the path of their calls. A stream's handler may look at a call before its message."""
        return {
            f"/{_SERVICE}/Check": grpc.stream_stream_rpc_method_handler(self._handler(self._check)),
            f"/{_SERVICE}/Watch": grpc.stream_stream_rpc_method_handler(self._handler(self._watch)),
        }

    async def start(self, services: list[str]) -> None:
        """Say that the services serve, and watch the sessions from now on."""
        self._status |= dict.fromkeys(services, _SERVING)
        self._look()
        self._task = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        """Say NOT_SERVING for everything, for good."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for service in self._status:
            self._set(service, _NOT_SERVING)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            self._look()

    def _look(self) -> None:
        try:
            answer = queries.ListSessionsResponse.FromString(self._core.sessions())
        except CoreError:
            _log.exception("the sessions cannot be read; order entry is shown as not serving")
            answer = queries.ListSessionsResponse()
        ready = any(session.state == events.SESSION_STATE_READY for session in answer.sessions)
        self._set(_ORDER_ENTRY, _SERVING if ready else _NOT_SERVING)

    def _set(self, service: str, status: int) -> None:
        if self._status.get(service) != status:
            self._status[service] = status
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    def _handler(self, serve: _Serve) -> Callable[[object, Context], Awaitable[None]]:
        async def handle(_requests: object, context: Context) -> None:
            with self._slot(context.peer()) as is_free:
                if not is_free:
                    await context.abort(
                        grpc.StatusCode.RESOURCE_EXHAUSTED,
                        f"this connection has {CALLS_PER_CONNECTION_MAX} calls of health under way, the most allowed;"
                        " end one first",
                    )
                await serve(await self._service_asked_for(context), context)

        return handle

    @contextmanager
    def _slot(self, peer: str) -> Iterator[bool]:
        if self._calls[peer] >= CALLS_PER_CONNECTION_MAX:
            yield False
            return
        self._calls[peer] += 1
        try:
            yield True
        finally:
            self._calls[peer] -= 1
            if not self._calls[peer]:
                del self._calls[peer]

    async def _service_asked_for(self, context: Context) -> str:
        try:
            async with asyncio.timeout(self._request_timeout_s):
                request = await context.read()
        except TimeoutError:
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "no request came; send it with the call")
        data = request if isinstance(request, bytes) else b""  # or grpc.aio.EOF
        try:
            return str(health_pb2.HealthCheckRequest.FromString(data).service)
        except DecodeError:
            await context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, "expected a grpc.health.v1.HealthCheckRequest"
            )

    async def _check(self, service: str, context: Context) -> None:
        status = self._status.get(service)
        if status is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, 'no such service; "" is the whole server')
        await context.write(_answer(status))

    async def _watch(self, service: str, context: Context) -> None:
        last: int | None = None
        while True:
            changed, status = self._changed, self._status.get(service, _UNKNOWN)
            if status != last:
                await context.write(_answer(status))
                last = status
            await changed.wait()


def _answer(status: int) -> bytes:
    return bytes(health_pb2.HealthCheckResponse(status=status).SerializeToString())
