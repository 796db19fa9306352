"""The API of a running gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from gateway.api.admin import AdminFacts
from gateway.api.rights import ClientAccess
from gateway.api.server import ApiServer, create_server
from gateway.api.settings import ApiSettings, Reporting
from gateway.api.tls import TlsFiles
from gateway.config import Address, Settings
from gateway.config.access import ApiTlsSettings
from gateway.config.access_consistency import server_tls_faults
from gateway.config.live_sessions import LiveSessions
from gateway.config.settings import ClientSettings
from gateway.config.shown import shown_settings
from gateway.core import _core
from gateway.daemon.open_files import make_room_for_files
from gateway.monitor import Health
from gateway.risk.analytics.messages import analytics_answer
from gateway.risk.analytics.service import AnalyticsService
from gateway.risk.limits.desk import LimitDesk

__all__ = ["admin_facts", "start_api"]

_REPLACE_TIMEOUT_S = 10.0
"""How long a reload waits for the API to judge by the new rights."""


def admin_facts(health: Health, desk: LiveSessions, configuration: Path | None) -> AdminFacts:
    """Give what the API tells of this process."""
    return AdminFacts(
        version=_core.__version__,
        parts=lambda: [(part.name, part.status, part.detail) for part in health.ready().parts],
        settings=lambda: shown_settings(desk.in_force),
        file=str(configuration) if configuration else "",
    )


async def start_api(
    settings: Settings,
    core: _core.Gateway,
    desk: LiveSessions,
    facts: AdminFacts,
    analytics: AnalyticsService,
    limits: LimitDesk,
    parts: AsyncExitStack,
) -> str:
    """Start the API; the address that it listens on. Raises OSError."""
    bind, tls = settings.api.bind, settings.api.tls
    server = create_server(
        core,
        ApiSettings(
            clients=_client_access(settings.clients),
            accounts=frozenset(account.name for account in settings.accounts),
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
            connections_max=make_room_for_files(settings),
            handshake_timeout_s=settings.api.handshake_timeout.total_seconds(),
            calls_per_connection_max=settings.api.limits.calls_per_connection,
            keepalive_s=settings.api.keepalive.interval.total_seconds(),
            keepalive_timeout_s=settings.api.keepalive.timeout.total_seconds(),
            client_ping_interval_min_s=settings.api.keepalive.client_interval_min.total_seconds(),
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
