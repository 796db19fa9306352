"""The analytics of every level that a position can be of, in one pass.

A level is written as limits write it: `firm`, `desk:equities`, `account:A1`, `strategy:maker`, `instrument:ACME`,
`class:future`, `sector:energy`, `region:europe`, `venue:SIM`, `session:SIM-1`, `currency:EUR`. Every position belongs
to one level of each kind at most. Of a client it is not: one position is the sum of what several clients traded in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from gateway.risk.analytics.exposure import Exposure, exposure_of
from gateway.risk.analytics.history import PriceHistory, ProfitHistory
from gateway.risk.analytics.performance import Drawdown, drawdown, sharpe_ratio, volatility
from gateway.risk.analytics.returns import Floats, profit_series
from gateway.risk.analytics.tail_risk import (
    historical_shortfall,
    historical_var,
    parametric_shortfall,
    parametric_var,
)
from gateway.risk.analytics.valuation import Valuation, Valued

__all__ = ["LEVEL_KINDS", "LevelAnalytics", "Measures", "analyse", "levels_of", "profits_by_level"]

LEVEL_KINDS = (
    "firm",
    "desk",
    "account",
    "strategy",
    "instrument",
    "class",
    "sector",
    "region",
    "venue",
    "session",
    "currency",
)


@dataclass(frozen=True, slots=True)
class Measures:
    """How the statistics are made."""

    confidence: Decimal
    """Above 0 and below 1, such as 0.99."""
    horizon: int
    """In samples of the history; 1 or more."""
    periods_per_year: float
    """Samples in a year."""


@dataclass(frozen=True)
class LevelAnalytics:
    """One level, in the base currency. None: the samples do not say."""

    level: str
    exposure: Exposure
    realized_profit: Decimal
    unrealized_profit: Decimal
    historical_var: float | None
    historical_shortfall: float | None
    parametric_var: float | None
    parametric_shortfall: float | None
    volatility: float | None
    """Of the portfolio's profit, a year, in money."""
    drawdown: Drawdown | None
    """Of the level's total profit since sampling began."""
    sharpe_ratio: float | None
    """Of the level's profit from sample to sample, a year."""
    periods: int
    """Periods of price history that value at risk rests on."""

    @property
    def total_profit(self) -> Decimal:
        return self.realized_profit + self.unrealized_profit


def levels_of(valued: Valued) -> tuple[str, ...]:
    """Give the levels that a position belongs to."""
    holding, facts = valued.holding, valued.facts
    names = {
        "desk": holding.desk,
        "account": holding.account,
        "strategy": holding.strategy,
        "instrument": holding.instrument,
        "class": facts.asset_class,
        "sector": facts.sector,
        "region": facts.region,
        "venue": facts.venue,
        "session": facts.session,
        "currency": facts.currency,
    }
    return ("firm", *(f"{kind}:{name}" for kind, name in names.items() if name))


def _by_level(valuation: Valuation) -> dict[str, list[Valued]]:
    found: defaultdict[str, list[Valued]] = defaultdict(list)
    found["firm"] = []
    for valued in valuation.valued:
        for level in levels_of(valued):
            found[level].append(valued)
    return dict(found)


def profits_by_level(valuation: Valuation) -> dict[str, Decimal]:
    """Give each level's total profit; the firm's is there even without positions."""
    return {
        level: sum((each.realized_profit + each.unrealized_profit for each in positions), Decimal(0))
        for level, positions in _by_level(valuation).items()
    }


def analyse(
    valuation: Valuation, prices: PriceHistory, profits: ProfitHistory, measures: Measures
) -> tuple[LevelAnalytics, ...]:
    """Analyse every level that has a position, and the firm; ordered as LEVEL_KINDS, then by name.

    Rates of currencies are today's for the whole history: value at risk here is that of prices.
    """
    by_level = _by_level(valuation)
    columns, returns = prices.returns(sorted({each.holding.instrument for each in valuation.valued}))

    def order(level: str) -> tuple[int, str]:
        return LEVEL_KINDS.index(level.partition(":")[0]), level

    return tuple(
        _level(
            level,
            by_level[level],
            profit_series(returns, columns, _exposures(by_level[level])),
            profits.curve(level),
            measures,
        )
        for level in sorted(by_level, key=order)
    )


def _exposures(positions: Sequence[Valued]) -> Mapping[str, float]:
    # Summed as decimals first: two accounts that hold the opposite have exactly nothing between them.
    exact: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in positions:
        exact[each.holding.instrument] += each.market_value
    return {name: float(value) for name, value in exact.items()}


def _level(
    level: str, positions: Sequence[Valued], series: Floats, curve: Floats, measures: Measures
) -> LevelAnalytics:
    confidence, horizon, periods = measures.confidence, measures.horizon, measures.periods_per_year
    return LevelAnalytics(
        level,
        exposure_of(each.market_value for each in positions),
        sum((each.realized_profit for each in positions), Decimal(0)),
        sum((each.unrealized_profit for each in positions), Decimal(0)),
        historical_var=historical_var(series, confidence, horizon),
        historical_shortfall=historical_shortfall(series, confidence, horizon),
        parametric_var=parametric_var(series, confidence, horizon),
        parametric_shortfall=parametric_shortfall(series, confidence, horizon),
        volatility=volatility(series, periods),
        drawdown=drawdown(curve),
        sharpe_ratio=sharpe_ratio(np.diff(curve), periods),
        periods=len(series),
    )
