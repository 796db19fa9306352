"""Market data sessions of the configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from gateway.config import Settings
from gateway.config.core_settings import APPL_VER_IDS
from gateway.config.risk import MarketDataSettings
from gateway.risk.market_data.conflation import ConflationTerms
from gateway.risk.market_data.service import Feed, MarketDataService, PriceCore
from gateway.risk.market_data.session import SessionTerms

__all__ = ["market_data_service"]


def market_data_service(
    settings: Settings, core: PriceCore, *, now_ns: Callable[[], int]
) -> MarketDataService:
    """Make the sessions; what does not fit together was refused when the file was read."""
    return MarketDataService([_feed(each, core, now_ns) for each in settings.risk.market_data])


def _feed(settings: MarketDataSettings, core: PriceCore, now_ns: Callable[[], int]) -> Feed:
    version = settings.application_version
    terms = SessionTerms(
        name=settings.name,
        begin_string=settings.begin_string,
        default_appl_ver_id=APPL_VER_IDS[version] if version else "",
        sender_comp_id=settings.sender_comp_id,
        target_comp_id=settings.target_comp_id,
        host=settings.host,
        port=settings.port,
        heartbeat_interval_s=settings.heartbeat_interval // timedelta(seconds=1),
        instruments=settings.instruments,
        depth=settings.depth,
        incremental=settings.updates == "incremental",
    )
    interval_ns = _ns(settings.interval)
    conflation = ConflationTerms(
        interval_ns, settings.threshold_percent, max(interval_ns, _ns(settings.confirm_interval))
    )
    return Feed(core, terms, conflation, _ns(settings.stale_after), now_ns=now_ns)


def _ns(length: timedelta) -> int:
    return length // timedelta(microseconds=1) * 1_000
