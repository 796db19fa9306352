"""The core of a running gateway, and its FIX sessions as they are changed."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.config import ConfigError, Context, Settings
from gateway.config.core_credentials import CredentialError
from gateway.config.core_settings import CompileDictionary, core_settings
from gateway.config.dictionaries import DictionaryError, bundled_dictionary, load_dictionary
from gateway.config.live_sessions import BY_SIGNAL, LiveSessions
from gateway.config.session_overlay import OVERLAY_FILE_NAME, Overlay, with_overlay
from gateway.core import _core

__all__ = ["dictionaries", "open_core", "session_desk", "stop_core", "tend_sessions", "with_session_overlay"]

CACHE_FOLDER_NAME = "cache"
"""Beside the journal; compiled dictionaries, made again whenever it is gone."""

WINDOWS_REFRESH_S = 600.0
"""How often the core is told of the windows that come; it knows them for two weeks ahead."""

_log = logging.getLogger(__name__)


def with_session_overlay(settings: Settings, configuration: Path | None) -> Settings:
    """Put sessions that were changed at run time over those of the file. Raises ConfigError."""
    folder = configuration.absolute().parent if configuration else Path.cwd()
    overlay = Overlay.load(settings.journal.path / OVERLAY_FILE_NAME)
    return with_overlay(settings, overlay, Context(folder, os.environ))


def dictionaries(settings: Settings) -> CompileDictionary:
    """Give what compiles dictionaries, or takes them from the cache beside the journal."""
    cache = settings.journal.path.parent / CACHE_FOLDER_NAME

    def compile_dictionary(
        version: str, file: Path | None, overlay: Path | None, strict_types: bool
    ) -> bytes:
        return load_dictionary(file or bundled_dictionary(version), cache, overlay, strict_types=strict_types)

    return compile_dictionary


def open_core(settings: Settings) -> _core.Gateway:
    """Open the journal and recover. Raises JournalError, DictionaryError."""
    settings.journal.path.mkdir(parents=True, exist_ok=True)
    return _core.Gateway(core_settings(settings, dictionaries(settings), time.time_ns()))


async def stop_core(core: _core.Gateway) -> None:
    """Log out and sync the journal."""
    # It waits for the counterparties' Logouts: off the loop, so that the API goes on serving.
    await asyncio.to_thread(core.stop)


def session_desk(settings: Settings, core: _core.Gateway, configuration: Path | None) -> LiveSessions:
    """Make what changes sessions while the gateway runs."""
    return LiveSessions(
        core,
        settings,
        configuration=configuration,
        overlay=settings.journal.path / OVERLAY_FILE_NAME,
        compile_dictionary=dictionaries(settings),
        now_ns=time.time_ns,
    )


def tend_sessions(desk: LiveSessions, reload: asyncio.Event | None, parts: AsyncExitStack) -> None:
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
        changes = desk.reload(dry_run=False, force=False, changed_by=BY_SIGNAL, reason=BY_SIGNAL)
    except (ConfigError, DictionaryError, CredentialError, _core.CoreError) as error:
        _log.error("the configuration was not taken, everything stays as it was: %s", error)
        return
    for change in changes:
        _log.warning("configuration: %s %s: %s", change.subject, change.outcome, change.detail or "-")
    _log.info("configuration read again: %d differences", len(changes))
