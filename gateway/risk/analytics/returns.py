"""Returns of price series, and the profit that a portfolio would have made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "profit_series", "simple_returns"]

Floats = NDArray[np.float64]


def simple_returns(prices: Floats) -> Floats:
    """Give p[t] / p[t-1] - 1 of a price matrix.

    `prices`: shape (samples, instruments), oldest first, above zero; NaN where an instrument had no price. The answer
    has shape (samples - 1, instruments), NaN where either price is missing; (0, instruments) for fewer than two
    samples. Simple returns, not logarithmic: they add up over instruments, which a portfolio needs (J.P. Morgan,
    RiskMetrics Technical Document, 1996, section 4.1).
    """
    if prices.ndim != 2:
        raise ValueError(
            f"expected a matrix (samples, instruments), was an array of {prices.ndim} dimensions"
        )
    if len(prices) < 2:
        return np.empty((0, prices.shape[1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        returns: Floats = prices[1:] / prices[:-1] - 1.0
    returns[~np.isfinite(returns)] = np.nan
    return returns


def profit_series(returns: Floats, instruments: Sequence[str], exposures: Mapping[str, float]) -> Floats:
    """Give the profit that today's exposures would have made in each period: historical simulation.

    `returns`: shape (periods, instruments), columns as `instruments`. `exposures`: market value by instrument, signed,
    in one currency. The answer has shape (usable periods,): a period in which an instrument that is held has no return
    says nothing of the portfolio and is left out. Empty where an instrument that is held has no column at all.
    """
    held = [name for name, exposure in exposures.items() if exposure != 0.0]
    column = {name: index for index, name in enumerate(instruments)}
    if any(name not in column for name in held):
        return np.empty(0)
    if not held:
        return np.zeros(len(returns))
    chosen = returns[:, [column[name] for name in held]]
    usable = chosen[~np.isnan(chosen).any(axis=1)]
    profits: Floats = usable @ np.array([exposures[name] for name in held])
    return profits
