"""Reference prices and profits as they were at regular times: bounded samples, oldest dropped first.

All samples of one history are one interval apart by the caller's promise; a pause (a restart, a night) is a row like
any other, so a return over it is one period's return. Not thread-safe.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from gateway.risk.analytics.returns import Floats, simple_returns

__all__ = ["PriceHistory", "PriceSample", "ProfitHistory"]


@dataclass(frozen=True, slots=True)
class PriceSample:
    """The prices at one time, in the instruments' own currencies."""

    time_ns: int
    prices: Mapping[str, Decimal]


class PriceHistory:
    """The last samples of all instruments."""

    def __init__(self, samples_max: int, instruments_max: int = 10_000) -> None:
        """`samples_max`: 2 or more; the memory is at most samples_max x instruments_max numbers."""
        if samples_max < 2:
            raise ValueError(f"expected room for two samples or more, was {samples_max}")
        self._samples: deque[PriceSample] = deque(maxlen=samples_max)
        self._instruments_max = instruments_max

    def __len__(self) -> int:
        return len(self._samples)

    @property
    def samples(self) -> tuple[PriceSample, ...]:
        """Oldest first."""
        return tuple(self._samples)

    def add(self, sample: PriceSample) -> None:
        """Add the newest. Raises ValueError where its time is not after the last one's, or it holds too many."""
        if self._samples and sample.time_ns <= self._samples[-1].time_ns:
            raise ValueError(
                f"expected a time after {self._samples[-1].time_ns}, was {sample.time_ns}: samples come in order"
            )
        if len(sample.prices) > self._instruments_max:
            raise ValueError(
                f"expected at most {self._instruments_max} instruments, were {len(sample.prices)}"
            )
        self._samples.append(sample)

    def returns(self, instruments: Iterable[str]) -> tuple[tuple[str, ...], Floats]:
        """Give columns and returns, shape (samples - 1, columns), of the instruments that have a price anywhere."""
        wanted = tuple(name for name in instruments if any(name in sample.prices for sample in self._samples))
        prices = np.full((len(self._samples), len(wanted)), np.nan)
        for row, sample in enumerate(self._samples):
            for column, name in enumerate(wanted):
                price = sample.prices.get(name)
                if price is not None:
                    prices[row, column] = float(price)
        return wanted, simple_returns(prices)


class ProfitHistory:
    """The last total profits of each level: an equity curve a level."""

    def __init__(self, samples_max: int, levels_max: int = 10_000) -> None:
        self._samples_max = samples_max
        self._levels_max = levels_max
        self._curves: dict[str, deque[float]] = {}

    def add(self, profits: Mapping[str, Decimal]) -> None:
        """Add one sample; a level that is new starts here. Levels beyond the bound are not followed."""
        for level, profit in profits.items():
            curve = self._curves.get(level)
            if curve is None:
                if len(self._curves) >= self._levels_max:
                    continue
                curve = self._curves[level] = deque(maxlen=self._samples_max)
            curve.append(float(profit))

    def curve(self, level: str) -> Floats:
        """Give cumulated profits, shape (samples,), oldest first; empty for a level that is not known."""
        return np.array(self._curves.get(level, ()), dtype=np.float64)
