"""The running gateway: the only place that wires the parts together. Importing it has no side effects.

Order of start, each step only after the one before has worked:

1. dictionaries are compiled (or come from the cache beside the journal);
2. the core opens the journal and recovers: orders, positions and sequence numbers are as they were;
3. the projector begins to bring the database up to the journal;
4. the API listens: clients see the recovered state, and orders are denied with SESSION_NOT_READY;
5. the monitor listens;
6. the core's loop starts: sessions connect, reconcile, and take orders;
7. the ready file says where everything listens.

Stopping is the same list backwards: the sessions log out and the journal is synced while the API still
serves, so that clients see the last fills and a clear denial (SHUTTING_DOWN); the projector comes last and
takes what it still can. What it does not get to is in the journal, and projected after the next start. An
error in one step does not keep the others from being stopped.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.config import Settings
from gateway.core import _core
from gateway.daemon.api_server import admin_facts, start_api
from gateway.daemon.beside import follow_network, look_after_journal, run_beside, start_projector
from gateway.daemon.monitor import start_monitor
from gateway.daemon.risk import expire_limits, limits_taker, open_limit_desk, price_file_watch
from gateway.daemon.sessions import open_core, session_desk, stop_core, tend_sessions, with_session_overlay
from gateway.monitor import Health
from gateway.ready import READY_FILE_NAME, Ready, write_ready
from gateway.risk.analytics.metrics import AnalyticsCollector
from gateway.risk.analytics.service import AnalyticsService
from gateway.risk.analytics.terms import analytics_terms
from gateway.risk.limits.denials import DenialsCollector
from gateway.risk.limits.metrics import LimitsCollector
from gateway.risk.market_data.metrics import MarketDataCollector
from gateway.risk.market_data.terms import market_data_service
from gateway.risk.price_watch import PriceFileCollector
from gateway.store.engine import password_hidden

__all__ = ["CRASH_POINT_VARIABLE", "run", "serve"]

CRASH_POINT_VARIABLE = "GATEWAY_CRASH_POINT"
"""For tests: NAME:N, and the process kills itself the N-th time it passes there. See docs/journal.md."""

_log = logging.getLogger(__name__)


def run(
    settings: Settings,
    ready_file: Path | None,
    on_ready: Callable[[Ready], None],
    *,
    configuration: Path | None = None,
) -> None:
    """Run until SIGTERM or SIGINT, then stop in order. SIGHUP reads the file `configuration` again.

    Raises ConfigError (sessions that were changed through the API and do not fit any more), JournalError
    (damaged, or held by another gateway), DictionaryError, or OSError where an address is taken.
    """
    asyncio.run(_run_until_signal(settings, ready_file, on_ready, configuration))


async def _run_until_signal(
    settings: Settings,
    ready_file: Path | None,
    on_ready: Callable[[Ready], None],
    configuration: Path | None,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reload = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    await serve(
        settings,
        stop,
        ready_file=ready_file,
        on_ready=on_ready,
        configuration=configuration,
        reload=reload,
    )


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    *,
    ready_file: Path | None = None,
    on_ready: Callable[[Ready], None] = lambda ready: None,
    configuration: Path | None = None,
    reload: asyncio.Event | None = None,
) -> None:
    """Start everything, wait for `stop`, stop everything. Errors as of `run`."""
    if crash_point := os.environ.get(CRASH_POINT_VARIABLE):
        _core.arm_crash_point(crash_point)
        _log.warning("this process will kill itself: %s=%s", CRASH_POINT_VARIABLE, crash_point)
    settings = with_session_overlay(settings, configuration)
    core = open_core(settings)
    desk = session_desk(settings, core, configuration)
    recovered_lsn = core.committed_lsn()
    async with AsyncExitStack() as parts:
        projector = start_projector(settings, core, parts)
        look_after_journal(settings, core, projector, parts)
        health = Health(core, projector.snapshot, now_ns=time.time_ns)
        facts = admin_facts(health, desk, configuration)
        limits = open_limit_desk(settings, core)
        desk.follow_limits(limits_taker(limits))
        analytics = AnalyticsService(core, analytics_terms(settings), now_ns=time.time_ns)
        market_data = market_data_service(settings, core, now_ns=time.time_ns)
        price_file = price_file_watch(settings, core)
        collectors = (
            AnalyticsCollector(analytics),
            MarketDataCollector(market_data, price_file.states if price_file else tuple),
            *((PriceFileCollector(price_file),) if price_file else ()),
            LimitsCollector(limits),
            DenialsCollector(core, [account.name for account in settings.accounts]),
        )
        api = await start_api(settings, core, desk, facts, analytics, limits, parts)
        monitor = start_monitor(settings, core, projector, collectors, parts)
        core.start()
        parts.push_async_callback(stop_core, core)
        run_beside(market_data.run(), parts)
        run_beside(analytics.run(), parts)
        if price_file is not None:
            run_beside(price_file.run(), parts)
        run_beside(expire_limits(limits), parts)
        tend_sessions(desk, reload, parts)
        follow_network(core, parts)
        ready = Ready(
            pid=os.getpid(),
            version=_core.__version__,
            api=api,
            monitor=monitor,
            database=password_hidden(settings.database_url),
            recovered_lsn=recovered_lsn,
            acceptors={
                session.name: core.listening_port(index)
                for index, session in enumerate(settings.sessions)
                if session.role == "acceptor"
            },
        )
        for path in (settings.journal.path / READY_FILE_NAME, ready_file):
            if path is not None:
                _announce(path, ready, parts)
        on_ready(ready)
        await stop.wait()
        _log.info("stopping")
    _log.info("stopped at lsn %d", core.committed_lsn())


def _announce(path: Path, ready: Ready, parts: AsyncExitStack) -> None:
    parts.callback(path.unlink, missing_ok=True)
    try:
        write_ready(path, ready)
    except OSError as error:
        # On a full disk the gateway has to come up all the same: cancels and fills still pass.
        path.unlink(missing_ok=True)
        _log.warning("cannot write %s (%s); commands have to be given --address", path, error.strerror)
