"""How many files a gateway may have to have open: connections, and what it needs itself."""

from __future__ import annotations

from gateway.config.settings import Settings

__all__ = ["open_files", "own_files"]

_PARTS = 192
"""Libraries, journal, database, logs, the monitor's connections, threads' wake-ups, and as much again to spare."""
_SESSION = 4
"""A session's connection, the one that takes its place, and the pipes of what signs its Logon."""


def own_files(settings: Settings) -> int:
    """Count what has to be there for the gateway itself: without it no segment is made, and no session connects."""
    return _PARTS + _SESSION * len(settings.sessions) + settings.connections.waiting_max


def open_files(settings: Settings) -> int:
    """Count that, and every connection that the API may have."""
    return own_files(settings) + settings.api.limits.connections
