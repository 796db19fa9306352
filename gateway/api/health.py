"""Keeps the standard health service in step with the gateway.

The server as a whole ("") serves while it runs. `gateway.v1.OrderEntry` serves while at least one session
takes orders: what a load balancer or a strategy wants to know before it sends any.
"""

import asyncio
import logging
from contextlib import suppress

from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health_aio

from gateway.api.core_port import Core
from gateway.core._core import CoreError
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries

__all__ = ["Health"]

_log = logging.getLogger(__name__)

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_ORDER_ENTRY = order_entry.DESCRIPTOR.services_by_name["OrderEntry"].full_name


class Health:
    """The health servicer and the task that watches the sessions for it."""

    def __init__(self, core: Core, interval_s: float) -> None:
        self.servicer = health_aio.HealthServicer()
        self._core = core
        self._interval_s = interval_s
        self._task: asyncio.Task[None] | None = None

    async def start(self, services: list[str]) -> None:
        """Say that the services serve, and watch the sessions from now on."""
        for service in ["", *services]:
            await self.servicer.set(service, _SERVING)
        await self._look()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Say NOT_SERVING for everything, for good."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.servicer.enter_graceful_shutdown()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            await self._look()

    async def _look(self) -> None:
        try:
            answer = queries.ListSessionsResponse.FromString(self._core.sessions())
        except CoreError:
            _log.exception("the sessions cannot be read; order entry is shown as not serving")
            answer = queries.ListSessionsResponse()
        ready = any(session.state == events.SESSION_STATE_READY for session in answer.sessions)
        await self.servicer.set(_ORDER_ENTRY, _SERVING if ready else _NOT_SERVING)
