"""Analytics as messages of the API."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from gateway.risk.analytics.limits import Utilisation
from gateway.risk.analytics.portfolio import LevelAnalytics
from gateway.risk.analytics.service import AnalyticsService, Snapshot
from gateway.v1 import analytics_pb2

__all__ = ["analytics_answer", "utilisation_message"]

IsVisible = Callable[[str], bool]


def analytics_answer(
    service: AnalyticsService, level: str, is_visible: IsVisible
) -> analytics_pb2.GetAnalyticsResponse:
    """Give the last sample, of one level or (empty) of all, without the levels that are not visible."""
    snapshot, terms = service.snapshot, service.terms

    def is_wanted(name: str) -> bool:
        return is_visible(name) and level in ("", name)

    answer = analytics_pb2.GetAnalyticsResponse(
        currency=terms.rates.base,
        confidence=f"{terms.measures.confidence:f}",
        horizon=terms.measures.horizon,
        sample_interval_ms=round(terms.sample_interval_s * 1000),
        levels=[_level(each) for each in snapshot.levels if is_wanted(each.level)],
        utilizations=[
            utilisation_message(each, snapshot)
            for each in snapshot.utilisations
            if is_wanted(each.limit.level)
        ],
        without_price=sorted(snapshot.without_price),
        without_rate=sorted(snapshot.without_rate),
    )
    if snapshot.time_ns:
        answer.time.FromNanoseconds(snapshot.time_ns)
    return answer


def _level(level: LevelAnalytics) -> analytics_pb2.LevelAnalytics:
    exposure, drawdown = level.exposure, level.drawdown
    return analytics_pb2.LevelAnalytics(
        level=level.level,
        long_exposure=_exact(exposure.long),
        short_exposure=_exact(exposure.short),
        gross_exposure=_exact(exposure.gross),
        net_exposure=_exact(exposure.net),
        realized_profit=_exact(level.realized_profit),
        unrealized_profit=_exact(level.unrealized_profit),
        historical_var=_estimate(level.historical_var),
        historical_shortfall=_estimate(level.historical_shortfall),
        parametric_var=_estimate(level.parametric_var),
        parametric_shortfall=_estimate(level.parametric_shortfall),
        volatility=_estimate(level.volatility),
        drawdown=_estimate(None if drawdown is None else drawdown.current),
        drawdown_max=_estimate(None if drawdown is None else drawdown.largest),
        sharpe_ratio=_estimate(level.sharpe_ratio),
        periods=level.periods,
    )


def utilisation_message(each: Utilisation, snapshot: Snapshot) -> analytics_pb2.AnalyticsUtilization:
    """Write how far one limit is used."""
    return analytics_pb2.AnalyticsUtilization(
        level=each.limit.level,
        metric=each.limit.metric,
        value="" if each.value is None else _exact(each.value),
        limit=_exact(each.limit.maximum),
        share_percent="" if each.share is None else f"{each.share * 100:.2f}",
        action=each.limit.action,
        outcome=snapshot.outcomes.get(each.limit, ""),
    )


def _exact(value: Decimal) -> str:
    """Write all digits; `0` and not `0E-16` or `-0`."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _estimate(value: float | None) -> str:
    """Write four digits after the point; an estimate has no more to say."""
    if value is None:
        return ""
    text = f"{value:.4f}"
    return text.removeprefix("-") if float(text) == 0 else text
