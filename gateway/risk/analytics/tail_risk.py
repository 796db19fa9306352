"""Value at risk and expected shortfall of a sample of profits.

Both are losses: positive numbers are money that may be lost, a negative number says that even the bad case gains.
`confidence` is a Decimal above 0 and below 1, such as 0.99: ranks are counted exactly, since 0.95 x 20 is no 19 in
binary. Scaling to a longer horizon by the square root of time (`horizon`, in periods of the sample) holds for
independent, identically distributed periods, as in the Basel rules for market risk (MAR30, 2019).
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

import numpy as np

from gateway.risk.analytics.returns import Floats

__all__ = ["historical_shortfall", "historical_var", "parametric_shortfall", "parametric_var"]

_NORMAL = NormalDist()


def historical_var(profits: Floats, confidence: Decimal, horizon: int = 1) -> float | None:
    """Give the loss that was not exceeded in `confidence` of the periods.

    `profits`: shape (n,), in money. The lower empirical quantile: the ceil(confidence x n)-th smallest loss, no
    interpolation (Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996, definition 1). None where n is 0.
    """
    rank = _rank(confidence, len(profits))
    if rank is None:
        return None
    losses = np.sort(-profits)
    return float(losses[rank - 1]) * _stretch(horizon)


def historical_shortfall(profits: Floats, confidence: Decimal, horizon: int = 1) -> float | None:
    """Give the mean of the worst 1 - confidence of the losses; never below `historical_var`.

    The tail may hold a fraction of an observation, which then counts in part: the coherent form of Acerbi and Tasche,
    On the Coherence of Expected Shortfall, 2002, definition 2.6. None where n is 0.
    """
    count = len(profits)
    if _rank(confidence, count) is None:
        return None
    tail = (1 - Fraction(confidence)) * count
    whole = math.floor(tail)
    losses = np.sort(-profits)[::-1]
    rest = float(tail - whole) * float(losses[whole]) if whole < count else 0.0
    return (float(losses[:whole].sum()) + rest) / float(tail) * _stretch(horizon)


def parametric_var(profits: Floats, confidence: Decimal, horizon: int = 1) -> float | None:
    """Give the loss that a normal distribution with the sample's mean and deviation exceeds in 1 - confidence.

    `profits` of a linear portfolio have the variance w' S w of the instruments' covariance S, so this is the
    variance-covariance method (RiskMetrics Technical Document, 1996, section 1.2). The mean grows with the horizon, the
    deviation with its root. None for fewer than two observations.
    """
    moments = _moments(profits, confidence, horizon)
    if moments is None:
        return None
    mean, deviation = moments
    return deviation * _NORMAL.inv_cdf(float(confidence)) - mean


def parametric_shortfall(profits: Floats, confidence: Decimal, horizon: int = 1) -> float | None:
    """Give the mean loss beyond `parametric_var`: deviation x density(quantile) / (1 - confidence) - mean.

    McNeil, Frey and Embrechts, Quantitative Risk Management, 2015, example 2.14. None for fewer than two observations.
    """
    moments = _moments(profits, confidence, horizon)
    if moments is None:
        return None
    mean, deviation = moments
    quantile = _NORMAL.inv_cdf(float(confidence))
    return deviation * _NORMAL.pdf(quantile) / (1.0 - float(confidence)) - mean


def _check(confidence: Decimal) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence above 0 and below 1, was {confidence}")


def _rank(confidence: Decimal, count: int) -> int | None:
    _check(confidence)
    return math.ceil(Fraction(confidence) * count) if count else None


def _moments(profits: Floats, confidence: Decimal, horizon: int) -> tuple[float, float] | None:
    _check(confidence)
    if len(profits) < 2:
        return None
    deviation = float(np.std(profits, ddof=1)) * _stretch(horizon)
    return float(np.mean(profits)) * horizon, deviation


def _stretch(horizon: int) -> float:
    if horizon < 1:
        raise ValueError(f"expected a horizon of one period or more, was {horizon}")
    return math.sqrt(horizon)
