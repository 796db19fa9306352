"""Limits on analytics, and which of them are broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from gateway.risk.analytics.portfolio import LevelAnalytics

__all__ = ["METRICS", "AnalyticsLimit", "Utilisation", "utilisation_of"]

METRICS: Mapping[str, str] = {
    "gross_exposure": "market value held and owed",
    "net_exposure": "market value held minus owed, either way",
    "long_exposure": "market value held",
    "short_exposure": "market value owed",
    "loss": "realised and unrealised loss",
    "realized_loss": "realised loss",
    "unrealized_loss": "unrealised loss",
    "historical_var": "historical value at risk",
    "parametric_var": "parametric value at risk",
    "historical_shortfall": "historical expected shortfall",
    "parametric_shortfall": "parametric expected shortfall",
    "volatility": "standard deviation of profit, a year",
    "drawdown": "fall from the highest total profit",
}
"""What can be limited: name -> what it is. All are money in the base currency, worse the higher."""


@dataclass(frozen=True, slots=True)
class AnalyticsLimit:
    """At most so much of a metric at a level."""

    level: str
    metric: str
    maximum: Decimal
    action: str
    """"warn", "reduce" or "halt"."""


@dataclass(frozen=True, slots=True)
class Utilisation:
    """How far one limit is used. `value` None: not known, and then the limit is neither kept nor broken."""

    limit: AnalyticsLimit
    value: Decimal | None

    @property
    def share(self) -> Decimal | None:
        """Value by limit; 1 where it is used up."""
        return None if self.value is None else self.value / self.limit.maximum

    @property
    def is_breached(self) -> bool:
        return self.value is not None and self.value > self.limit.maximum


def utilisation_of(
    limits: Iterable[AnalyticsLimit], levels: Iterable[LevelAnalytics]
) -> Iterator[Utilisation]:
    """Measure each limit, in their order. A level without positions has nothing of anything."""
    known = {each.level: each for each in levels}
    for limit in limits:
        level = known.get(limit.level)
        yield Utilisation(limit, Decimal(0) if level is None else _value(level, limit.metric))


def _value(level: LevelAnalytics, metric: str) -> Decimal | None:
    exact = {
        "gross_exposure": level.exposure.gross,
        "net_exposure": abs(level.exposure.net),
        "long_exposure": level.exposure.long,
        "short_exposure": level.exposure.short,
        "loss": max(-level.total_profit, Decimal(0)),
        "realized_loss": max(-level.realized_profit, Decimal(0)),
        "unrealized_loss": max(-level.unrealized_profit, Decimal(0)),
    }
    if metric in exact:
        return exact[metric]
    estimate: float | None
    if metric == "drawdown":
        estimate = None if level.drawdown is None else level.drawdown.current
    else:
        estimate = getattr(level, metric)
    return None if estimate is None else max(Decimal(repr(estimate)), Decimal(0))
