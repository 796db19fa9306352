"""The monitor of a running gateway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from prometheus_client.registry import Collector

from gateway.config import Address, Settings
from gateway.config.access_consistency import server_tls_faults
from gateway.config.settings import MonitorSettings as MonitorSection
from gateway.core import _core
from gateway.monitor import Health, MonitorServer, MonitorSettings, make_registry
from gateway.store.projector import Projector

__all__ = ["start_monitor"]


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


def start_monitor(
    settings: Settings,
    core: _core.Gateway,
    projector: Projector,
    collectors: Sequence[Collector],
    parts: AsyncExitStack,
) -> str:
    """Start the monitor; the address that it listens on. Raises OSError."""
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
