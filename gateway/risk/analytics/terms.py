"""What analytics need of the configuration."""

from __future__ import annotations

from datetime import timedelta

from gateway.config import Settings
from gateway.risk.analytics.limits import AnalyticsLimit
from gateway.risk.analytics.portfolio import Measures
from gateway.risk.analytics.service import AnalyticsTerms
from gateway.risk.analytics.valuation import InstrumentFacts, Rates

__all__ = ["HISTORY_FILE_NAME", "analytics_terms"]

HISTORY_FILE_NAME = "price-history.csv"
"""In the journal's folder."""

_YEAR = timedelta(days=365)
"""Samples are taken around the clock, so a year has all of its days; a venue's trading days are not known here."""


def analytics_terms(settings: Settings) -> AnalyticsTerms:
    """Convert; what does not fit together was refused when the file was read."""
    analytics = settings.risk.analytics
    sessions = {venue.name: venue.session for venue in settings.venues}
    return AnalyticsTerms(
        facts={
            each.symbol: InstrumentFacts(
                each.currency,
                each.venue,
                each.multiplier,
                each.asset_class or "",
                each.sector or "",
                each.region or "",
                sessions.get(each.venue, ""),
            )
            for each in settings.instruments
        },
        rates=Rates(analytics.base_currency, {each.currency: each.rate for each in analytics.rates}),
        measures=Measures(analytics.confidence, analytics.horizon, _YEAR / analytics.sample_interval),
        sample_interval_s=analytics.sample_interval.total_seconds(),
        samples_max=analytics.samples,
        limits=tuple(
            AnalyticsLimit(each.level, each.metric, each.maximum, each.action) for each in analytics.limits
        ),
        history_file=settings.journal.path / HISTORY_FILE_NAME,
        desks={account.name: account.desk for account in settings.accounts if account.desk},
    )
