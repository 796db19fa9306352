"""Exposures: the market value that is held, as sums over positions in one currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Exposure", "exposure_of"]


@dataclass(frozen=True, slots=True)
class Exposure:
    """Money in one currency, exact. long - short = net; long + short = gross."""

    long: Decimal
    """Market value of what is held; zero or above."""
    short: Decimal
    """Market value of what is owed; zero or above."""

    @property
    def gross(self) -> Decimal:
        return self.long + self.short

    @property
    def net(self) -> Decimal:
        return self.long - self.short


def exposure_of(market_values: Iterable[Decimal]) -> Exposure:
    """Sum signed market values; nothing gives zeros."""
    long = short = Decimal(0)
    for value in market_values:
        if value > 0:
            long += value
        else:
            short -= value
    return Exposure(long, short)
