"""Limits and reference prices of a running gateway."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta

from gateway.config import ConfigError, Settings
from gateway.config.live_sessions import Change
from gateway.config.problem import Problem
from gateway.core import _core
from gateway.risk.limits.desk import LimitDesk, LimitRefused
from gateway.risk.limits.file import file_limits, limit_desk
from gateway.risk.limits.state import StateFileError
from gateway.risk.price_watch import PriceFileWatch

__all__ = ["expire_limits", "limits_taker", "open_limit_desk", "price_file_watch"]

LIMITS_EXPIRY_S = 1.0

_log = logging.getLogger(__name__)


def open_limit_desk(settings: Settings, core: _core.Gateway) -> LimitDesk:
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


def price_file_watch(settings: Settings, core: _core.Gateway) -> PriceFileWatch | None:
    """Make what reads the price file again, where one is configured."""
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


async def expire_limits(limits: LimitDesk) -> None:
    """End overrides and pending changes whose time is over."""
    while True:
        await asyncio.sleep(LIMITS_EXPIRY_S)
        try:
            await asyncio.to_thread(limits.expire)
        except Exception as error:
            # A full disk, say: it is tried again, and every call about limits tries as well.
            _log.error("what has expired of limits stays for now: %s", error)


def limits_taker(limits: LimitDesk) -> Callable[[Settings, bool, bool, str], list[Change]]:
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
