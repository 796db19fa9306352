"""What a portfolio has made, against how it went up and down."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gateway.risk.analytics.returns import Floats

__all__ = ["Drawdown", "drawdown", "sharpe_ratio", "volatility"]


@dataclass(frozen=True, slots=True)
class Drawdown:
    """How far an equity curve fell, in its unit; both zero or above."""

    current: float
    """From the highest point so far to the last."""
    largest: float
    """From any high to the lowest point after it."""


def volatility(values: Floats, periods_per_year: float) -> float | None:
    """Give the yearly standard deviation of returns or of profits, in their unit.

    `values`: shape (n,), one a period. The sample's deviation (n - 1 in the denominator) times the root of the periods
    of a year. None for fewer than two.
    """
    if len(values) < 2:
        return None
    return float(np.std(values, ddof=1)) * math.sqrt(periods_per_year)


def drawdown(equity: Floats) -> Drawdown | None:
    """Give the drawdowns of a curve of cumulated profit, shape (n,), oldest first; None where n is 0.

    In money, not in percent: cumulated profit starts at zero and may be negative, so a percentage has no base.
    """
    if not len(equity):
        return None
    falls = np.maximum.accumulate(equity) - equity
    return Drawdown(current=float(falls[-1]), largest=float(falls.max()))


def sharpe_ratio(profits: Floats, periods_per_year: float, riskless: float = 0.0) -> float | None:
    """Give mean excess profit a deviation of it, a year: W. F. Sharpe, The Sharpe Ratio, 1994, equations 3 to 6.

    `profits`: shape (n,), returns or profits of one period each; `riskless`: what a period without risk had made, in
    the same unit. Without unit: it does not change when all profits are doubled. None for fewer than two, or where they
    do not vary.
    """
    if len(profits) < 2:
        return None
    deviation = float(np.std(profits, ddof=1))
    mean = float(np.mean(profits)) - riskless
    # A constant series has a deviation of rounding errors, not of exactly zero.
    if deviation <= 1e-12 * max(1.0, float(np.abs(profits).max())):
        return None
    return mean / deviation * math.sqrt(periods_per_year)
