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
import random
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from prometheus_client.registry import Collector

from gateway.api.admin import AdminFacts
from gateway.api.rights import ClientAccess
from gateway.api.server import ApiServer, create_server
from gateway.api.settings import ApiSettings, Reporting
from gateway.api.tls import TlsFiles
from gateway.config import Address, ConfigError, Context, Settings
from gateway.config.access import ApiTlsSettings
from gateway.config.access_consistency import server_tls_faults
from gateway.config.core_credentials import CredentialError
from gateway.config.core_settings import CompileDictionary, core_settings
from gateway.config.dictionaries import DictionaryError, bundled_dictionary, load_dictionary
from gateway.config.live_sessions import Change, LiveSessions
from gateway.config.problem import Problem
from gateway.config.session_overlay import OVERLAY_FILE_NAME, Overlay, with_overlay
from gateway.config.settings import ClientSettings
from gateway.config.settings import MonitorSettings as MonitorSection
from gateway.config.shown import shown_settings
from gateway.core import _core
from gateway.monitor import Health, MonitorServer, MonitorSettings, make_registry
from gateway.ready import READY_FILE_NAME, Ready, write_ready
from gateway.risk.analytics.messages import analytics_answer
from gateway.risk.analytics.metrics import AnalyticsCollector
from gateway.risk.analytics.service import AnalyticsService
from gateway.risk.analytics.terms import analytics_terms
from gateway.risk.limits.denials import DenialsCollector
from gateway.risk.limits.desk import LimitDesk, LimitRefused
from gateway.risk.limits.file import file_limits, limit_desk
from gateway.risk.limits.metrics import LimitsCollector
from gateway.risk.limits.state import StateFileError
from gateway.risk.market_data.metrics import MarketDataCollector
from gateway.risk.market_data.terms import market_data_service
from gateway.risk.price_watch import PriceFileCollector, PriceFileWatch
from gateway.store.engine import open_engine, password_hidden
from gateway.store.projector import Projector, ProjectorSettings
from gateway.upkeep import Upkeep

__all__ = ["run", "serve"]

CACHE_FOLDER_NAME = "cache"
NETWORK_LOG_INTERVAL_S = 0.5
"""Beside the journal; compiled dictionaries, made again whenever it is gone."""

CRASH_POINT_VARIABLE = "GATEWAY_CRASH_POINT"
"""For tests: NAME:N, and the process kills itself the N-th time it passes there. See docs/journal.md."""

LIMITS_EXPIRY_S = 1.0

WINDOWS_REFRESH_S = 600.0
"""How often the core is told of the windows that come; it knows them for two weeks ahead."""

_REPLACE_TIMEOUT_S = 10.0
"""How long a reload waits for the API to judge by the new rights."""

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
    settings = _with_overlay(settings, configuration)
    core = _open_core(settings)
    desk = _session_desk(settings, core, configuration)
    recovered_lsn = core.committed_lsn()
    async with AsyncExitStack() as parts:
        projector = _start_projector(settings, core, parts)
        _look_after_journal(settings, core, projector, parts)
        health = Health(core, projector.snapshot, now_ns=time.time_ns)
        facts = _facts(health, desk, configuration)
        limits = _limit_desk(settings, core)
        desk.follow_limits(_limits_taker(limits))
        analytics = AnalyticsService(core, analytics_terms(settings), now_ns=time.time_ns)
        market_data = market_data_service(settings, core, now_ns=time.time_ns)
        price_file = _price_file(settings, core)
        collectors = (
            AnalyticsCollector(analytics),
            MarketDataCollector(market_data, price_file.states if price_file else tuple),
            *((PriceFileCollector(price_file),) if price_file else ()),
            LimitsCollector(limits),
            DenialsCollector(core, [account.name for account in settings.accounts]),
        )
        api = await _start_api(settings, core, desk, facts, analytics, limits, parts)
        monitor = _start_monitor(settings, core, projector, collectors, parts)
        core.start()
        parts.push_async_callback(_stop_core, core)
        _run_beside(market_data.run(), parts)
        _run_beside(analytics.run(), parts)
        if price_file is not None:
            _run_beside(price_file.run(), parts)
        _run_beside(_expire_limits(limits), parts)
        _tend_sessions(desk, reload, parts)
        _follow_network(core, parts)
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


def _with_overlay(settings: Settings, configuration: Path | None) -> Settings:
    folder = configuration.absolute().parent if configuration else Path.cwd()
    overlay = Overlay.load(settings.journal.path / OVERLAY_FILE_NAME)
    return with_overlay(settings, overlay, Context(folder, os.environ))


def _dictionaries(settings: Settings) -> CompileDictionary:
    cache = settings.journal.path.parent / CACHE_FOLDER_NAME

    def compile_dictionary(
        version: str, file: Path | None, overlay: Path | None, strict_types: bool
    ) -> bytes:
        return load_dictionary(file or bundled_dictionary(version), cache, overlay, strict_types=strict_types)

    return compile_dictionary


def _open_core(settings: Settings) -> _core.Gateway:
    settings.journal.path.mkdir(parents=True, exist_ok=True)
    return _core.Gateway(core_settings(settings, _dictionaries(settings), time.time_ns()))


def _session_desk(settings: Settings, core: _core.Gateway, configuration: Path | None) -> LiveSessions:
    return LiveSessions(
        core,
        settings,
        configuration=configuration,
        overlay=settings.journal.path / OVERLAY_FILE_NAME,
        compile_dictionary=_dictionaries(settings),
        now_ns=time.time_ns,
    )


def _limit_desk(settings: Settings, core: _core.Gateway) -> LimitDesk:
    """Make the limits those of the file, but for what was changed at run time. Raises ConfigError."""
    try:
        desk = limit_desk(settings, core, now_ns=time.time_ns)
        outcome = desk.apply_file(file_limits(settings), "configuration")
    except (LimitRefused, StateFileError, OSError) as error:
        raise ConfigError([Problem("risk.limits", 1, 1, "", str(error))]) from error
    if outcome.is_pending:
        _log.warning(
            "the file's limits wait for approval (change %d), those in force stay", outcome.change_id
        )
    return desk


def _price_file(settings: Settings, core: _core.Gateway) -> PriceFileWatch | None:
    terms = settings.risk.price_file
    if terms is None:
        return None
    return PriceFileWatch(
        core,
        terms.path,
        [instrument.symbol for instrument in settings.instruments],
        interval_s=terms.interval.total_seconds(),
        stale_after_ns=terms.stale_after // timedelta(microseconds=1) * 1_000,
        now_ns=time.time_ns,
    )


async def _expire_limits(limits: LimitDesk) -> None:
    """End overrides and pending changes whose time is over."""
    while True:
        await asyncio.sleep(LIMITS_EXPIRY_S)
        try:
            await asyncio.to_thread(limits.expire)
        except Exception as error:
            # A full disk, say: it is tried again, and every call about limits tries as well.
            _log.error("what has expired of limits stays for now: %s", error)


def _limits_taker(limits: LimitDesk) -> Callable[[Settings, bool, bool, str], list[Change]]:
    """Give what makes the limits those of a file that was read again, and says what differs."""

    def take(settings: Settings, dry_run: bool, force: bool, changed_by: str) -> list[Change]:
        try:
            outcome = limits.apply_file(file_limits(settings), changed_by, force=force, dry_run=dry_run)
        except LimitRefused as error:
            return [Change("risk.limits", "refused", str(error))]
        if outcome.is_pending:
            number = f"change {outcome.change_id}: " if outcome.change_id else ""
            return [Change("risk.limits", "waits for approval", number + outcome.summary)]
        return [Change("risk.limits", "changed", outcome.summary)] if outcome.summary else []

    return take


def _tend_sessions(desk: LiveSessions, reload: asyncio.Event | None, parts: AsyncExitStack) -> None:
    """Tell the core of coming windows now and then, and read the configuration again when asked to."""

    async def refresh() -> None:
        while True:
            await asyncio.sleep(WINDOWS_REFRESH_S)
            await asyncio.to_thread(desk.refresh_windows)

    async def read_again(asked: asyncio.Event) -> None:
        while True:
            await asked.wait()
            asked.clear()
            await asyncio.to_thread(_reload, desk)

    tasks = [asyncio.create_task(refresh())]
    if reload is not None:
        tasks.append(asyncio.create_task(read_again(reload)))

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    parts.push_async_callback(stop)


def _reload(desk: LiveSessions) -> None:
    try:
        changes = desk.reload(dry_run=False, force=False, changed_by="SIGHUP", reason="SIGHUP")
    except (ConfigError, DictionaryError, CredentialError, _core.CoreError) as error:
        _log.error("the configuration was not taken, everything stays as it was: %s", error)
        return
    for change in changes:
        _log.warning("configuration: %s %s: %s", change.subject, change.outcome, change.detail or "-")
    _log.info("configuration read again: %d differences", len(changes))


def _follow_network(core: _core.Gateway, parts: AsyncExitStack) -> None:
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


def _look_after_journal(
    settings: Settings, core: _core.Gateway, projector: Projector, parts: AsyncExitStack
) -> None:
    """Make checkpoints, and let go of old segments."""
    upkeep = Upkeep(core, settings.journal, lambda: projector.snapshot().projected_lsn, now_ns=time.time_ns)
    task = asyncio.create_task(upkeep.run())

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])

    parts.push_async_callback(stop)


async def _stop_core(core: _core.Gateway) -> None:
    # It waits for the counterparties' Logouts: off the loop, so that the API goes on serving.
    await asyncio.to_thread(core.stop)


def _start_projector(settings: Settings, core: _core.Gateway, parts: AsyncExitStack) -> Projector:
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


def _facts(health: Health, desk: LiveSessions, configuration: Path | None) -> AdminFacts:
    return AdminFacts(
        version=_core.__version__,
        parts=lambda: [(part.name, part.status, part.detail) for part in health.ready().parts],
        settings=lambda: shown_settings(desk.in_force),
        file=str(configuration) if configuration else "",
    )


def _run_beside(work: Coroutine[None, None, None], parts: AsyncExitStack) -> None:
    """Run what is off the order path until everything stops."""
    task = asyncio.create_task(work)

    async def stop() -> None:
        task.cancel()
        await asyncio.wait([task])

    parts.push_async_callback(stop)


async def _start_api(
    settings: Settings,
    core: _core.Gateway,
    desk: LiveSessions,
    facts: AdminFacts,
    analytics: AnalyticsService,
    limits: LimitDesk,
    parts: AsyncExitStack,
) -> str:
    bind, tls = settings.api.bind, settings.api.tls
    server = create_server(
        core,
        ApiSettings(
            clients=_client_access(settings.clients),
            identity=settings.api.identity,
            tls=_tls_files(tls) if tls else None,
            cancel_on_disconnect={
                client.name: client.cancel_on_disconnect_grace.total_seconds()
                for client in settings.clients
                if client.cancel_on_disconnect
            },
            message_size_max=settings.api.limits.message_size,
            streams_per_client_max=settings.api.limits.streams_per_client,
            calls_per_second_max=float(settings.api.limits.calls_per_second),
            host=f"[{bind.host}]" if ":" in bind.host else bind.host,
            port=bind.port,
            blocking_commands=settings.journal.durability == "disk",
            reporting=Reporting(
                base_currency=settings.reporting.base_currency or "",
                rate_max_age_ns=settings.reporting.rate_max_age // timedelta(microseconds=1) * 1000,
            ),
            reflection=settings.api.development,
        ),
        desk=desk,
        facts=facts,
        analytics=partial(analytics_answer, analytics),
        limit_desk=limits,
    )
    port = await server.start()
    parts.push_async_callback(server.stop)
    desk.follow_clients(_client_replacement(server))
    return str(Address(bind.host, port))


def _tls_files(tls: ApiTlsSettings) -> TlsFiles:
    """Raise OSError where they cannot be used, or others could read the key: it may be long after check-config."""
    for key, fault in server_tls_faults(tls):
        raise OSError(f"api.tls.{key}: {fault}")
    return TlsFiles(
        certificate=tls.certificate,
        private_key=tls.private_key,
        client_ca=tls.client_ca if tls.client_certificate == "required" else None,
    )


def _client_access(clients: Sequence[ClientSettings]) -> dict[str, ClientAccess]:
    return {
        client.name: ClientAccess(
            accounts=frozenset(client.accounts),
            rights=frozenset(client.rights),
            strategies=frozenset(client.strategies),
            token_hashes=frozenset(
                bytes.fromhex(text.removeprefix("sha256:")) for text in client.token_hashes
            ),
            certificate_names=frozenset(client.certificate_names),
        )
        for client in clients
    }


def _client_replacement(server: ApiServer) -> Callable[[Sequence[ClientSettings]], None]:
    """Give what hands clients from any thread to the server, and returns once it judges by them."""
    loop = asyncio.get_running_loop()

    async def replace(clients: Sequence[ClientSettings]) -> None:
        server.replace_clients(_client_access(clients))

    return lambda clients: asyncio.run_coroutine_threadsafe(replace(clients), loop).result(_REPLACE_TIMEOUT_S)


def _monitor_settings(monitor: MonitorSection) -> MonitorSettings:
    """Raise OSError where the files of TLS cannot be used."""
    for key, fault in server_tls_faults(monitor.tls) if monitor.tls else ():
        raise OSError(f"monitor.tls.{key}: {fault}")
    return MonitorSettings(
        host=monitor.bind.host,
        port=monitor.bind.port,
        certificate=monitor.tls.certificate if monitor.tls else None,
        private_key=monitor.tls.private_key if monitor.tls else None,
        token_hashes=frozenset(bytes.fromhex(text.removeprefix("sha256:")) for text in monitor.token_hashes),
    )


def _start_monitor(
    settings: Settings,
    core: _core.Gateway,
    projector: Projector,
    collectors: Sequence[Collector],
    parts: AsyncExitStack,
) -> str:
    bind = settings.monitor.bind
    try:
        server = MonitorServer(
            make_registry(core, projector.snapshot, _core.__version__, *collectors),
            Health(core, projector.snapshot, now_ns=time.time_ns),
            _monitor_settings(settings.monitor),
        )
    except OSError as error:
        why = f"cannot listen on {bind} ({error.strerror or error})"
        raise OSError(f"{why}; free the port, or set another one in monitor.bind") from error
    server.start()
    parts.push_async_callback(asyncio.to_thread, server.stop)
    return str(Address(bind.host, server.address[1]))
