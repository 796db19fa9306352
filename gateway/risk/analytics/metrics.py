"""Analytics as Prometheus metrics. What is not known has no series: a gauge of NaN would look like a value."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.risk.analytics.portfolio import LevelAnalytics
from gateway.risk.analytics.service import AnalyticsService

__all__ = ["AnalyticsCollector"]

LEVELS_MAX = 500
"""Levels with series of their own, in their order: firm and accounts first. The API has all of them."""


class AnalyticsCollector(Collector):
    """Reads the last sample at each scrape."""

    def __init__(self, service: AnalyticsService) -> None:
        self._service = service

    def describe(self) -> Iterable[Metric]:
        """Tell the registry nothing, so that registering does not scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        snapshot = self._service.snapshot
        yield GaugeMetricFamily(
            "gateway_analytics_last_sample_timestamp_seconds",
            "When positions and prices were last sampled; 0 before the first.",
            value=snapshot.time_ns / 1e9,
        )
        value = GaugeMetricFamily(
            "gateway_analytics_value",
            "Exposures, profits and estimated losses of a level, in the base currency.",
            labels=["level", "metric"],
        )
        for level in snapshot.levels[:LEVELS_MAX]:
            for metric, number in _values(level):
                if number is not None:
                    value.add_metric([level.level, metric], number)
        yield value
        share = GaugeMetricFamily(
            "gateway_analytics_limit_utilization_ratio",
            "Value by limit of a limit on analytics; above 1 it is broken.",
            labels=["level", "metric", "action"],
        )
        for each in snapshot.utilisations:
            if each.share is not None:
                share.add_metric([each.limit.level, each.limit.metric, each.limit.action], float(each.share))
        yield share
        yield GaugeMetricFamily(
            "gateway_analytics_instruments_without_price",
            "Instruments that are held and left out of all sums, for want of a reference price.",
            value=len(snapshot.without_price),
        )
        yield GaugeMetricFamily(
            "gateway_analytics_currencies_without_rate",
            "Currencies that are held and left out of all sums, for want of a rate.",
            value=len(snapshot.without_rate),
        )


def _values(level: LevelAnalytics) -> Iterable[tuple[str, float | None]]:
    exposure, drawdown = level.exposure, level.drawdown
    return (
        ("long_exposure", float(exposure.long)),
        ("short_exposure", float(exposure.short)),
        ("gross_exposure", float(exposure.gross)),
        ("net_exposure", float(exposure.net)),
        ("realized_profit", float(level.realized_profit)),
        ("unrealized_profit", float(level.unrealized_profit)),
        ("total_profit", float(level.total_profit)),
        ("historical_var", level.historical_var),
        ("historical_shortfall", level.historical_shortfall),
        ("parametric_var", level.parametric_var),
        ("parametric_shortfall", level.parametric_shortfall),
        ("volatility", level.volatility),
        ("drawdown", None if drawdown is None else drawdown.current),
        ("drawdown_max", None if drawdown is None else drawdown.largest),
        ("sharpe_ratio", level.sharpe_ratio),
    )
