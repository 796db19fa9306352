"""Limits and how much of each is used, as Prometheus metrics."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.risk.limits.desk import LimitDesk
from gateway.v1 import risk_pb2

__all__ = ["LimitsCollector"]

SERIES_MAX = 500
"""Limits with a series of their own: those that are used most. The API has all of them."""


class LimitsCollector(Collector):
    """Asks the desk at each scrape."""

    def __init__(self, desk: LimitDesk) -> None:
        self._desk = desk

    def describe(self) -> Iterable[Metric]:
        """Tell the registry nothing, so that registering does not scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        state = self._desk.kept
        yield GaugeMetricFamily(
            "gateway_risk_limits_version",
            "Number of the set of limits in force.",
            self._desk.limits().version,
        )
        yield GaugeMetricFamily(
            "gateway_risk_changes_pending",
            "Changes of limits that wait for a second person.",
            len(state.pending),
        )
        yield GaugeMetricFamily(
            "gateway_risk_overrides", "Overrides of limits that hold for a time.", len(state.overrides)
        )
        ratio = GaugeMetricFamily(
            "gateway_risk_limit_utilization_ratio",
            "Value by limit, of the limits that are used most.",
            labels=["name", "level", "kind"],
        )
        used = sorted(self._desk.utilization().utilizations, key=_share, reverse=True)
        for each in used[:SERIES_MAX]:
            kind = risk_pb2.LimitKind.Name(each.kind).removeprefix("LIMIT_KIND_").lower()
            ratio.add_metric([each.name, each.level, kind], float(_share(each)) / 100)
        yield ratio


def _share(each: risk_pb2.LimitUtilization) -> Decimal:
    return Decimal(each.share_percent or 0)
