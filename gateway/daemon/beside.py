"""What runs beside the order path until everything stops."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack

from gateway.config import Settings
from gateway.core import _core
from gateway.store.engine import open_engine
from gateway.store.projector import Projector, ProjectorSettings
from gateway.upkeep import Upkeep

__all__ = ["follow_network", "log_notices", "look_after_journal", "run_beside", "start_projector"]

NETWORK_LOG_INTERVAL_S = 0.5

_log = logging.getLogger(__name__)


def run_beside(work: Coroutine[None, None, None], parts: AsyncExitStack) -> None:
    """Run what is off the order path until everything stops."""
    task = asyncio.create_task(work)

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])

    parts.push_async_callback(stop)


def follow_network(core: _core.Gateway, parts: AsyncExitStack) -> None:
    """Log what the network has to tell: refused connections, counterparties that were lost or cut."""

    async def follow() -> None:
        while True:
            log_notices(core.take_network_notices())
            await asyncio.sleep(NETWORK_LOG_INTERVAL_S)

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])
        log_notices(core.take_network_notices())

    task = asyncio.create_task(follow())
    parts.push_async_callback(stop)


def log_notices(notices: list[tuple[int, str, str]]) -> None:
    """Write each notice of the network (UTC ns, session or address, text) as a warning."""
    for _, subject, text in notices:
        _log.warning("%s: %s", subject, text)


def look_after_journal(
    settings: Settings, core: _core.Gateway, projector: Projector, parts: AsyncExitStack
) -> None:
    """Make checkpoints, and let go of old segments."""
    upkeep = Upkeep(core, settings.journal, lambda: projector.snapshot().projected_lsn, now_ns=time.time_ns)
    task = asyncio.create_task(upkeep.run())

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])

    parts.push_async_callback(stop)


def start_projector(settings: Settings, core: _core.Gateway, parts: AsyncExitStack) -> Projector:
    """Begin to bring the database up to the journal."""
    projector = Projector(
        core,
        open_engine(settings.database_url),
        random=random.random,
        monotonic_ns=time.monotonic_ns,
        settings=ProjectorSettings(journal_id=core.journal_id(), committed=_core.pass_projected),
    )
    projector.start()

    async def stop() -> None:
        if not await asyncio.to_thread(projector.stop):
            _log.warning(
                "the database holds the projector up; what is missing is projected after the next start"
            )

    parts.push_async_callback(stop)
    return projector
