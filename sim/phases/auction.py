"""The price of an auction.

The rule of most exchanges, as Xetra's market model words it: the price at which most can be executed; of several
the one with the least surplus; with surplus on one side only, the best price for that side; else the price
nearest to the reference. Orders without a price count at every price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Equilibrium", "equilibrium"]

_ZERO = Decimal(0)
# The limit, or None for any price; and the quantity.
Interest = tuple[Decimal | None, Decimal]


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """`surplus` is what stays unexecuted at the price: positive where buyers are left, negative for sellers."""

    price: Decimal
    volume: Decimal
    surplus: Decimal


def equilibrium(bids: Sequence[Interest], asks: Sequence[Interest], reference: Decimal) -> Equilibrium | None:
    """Give the auction's price and volume, or None where nothing can be executed.

    With orders on both sides that name no price at all, that is the reference.
    """
    prices = sorted({price for price, _ in (*bids, *asks) if price is not None}) or [reference]
    bought = _at_least(bids, prices)
    sold = _at_most(asks, prices)
    candidates = [
        Equilibrium(price, min(buy, sell), buy - sell)
        for price, buy, sell in zip(prices, bought, sold, strict=True)
    ]
    most = max(c.volume for c in candidates)
    if most <= _ZERO:
        return None
    best = [c for c in candidates if c.volume == most]
    least = min(abs(c.surplus) for c in best)
    best = [c for c in best if abs(c.surplus) == least]
    if all(c.surplus > _ZERO for c in best):
        return best[-1]
    if all(c.surplus < _ZERO for c in best):
        return best[0]
    return min(best, key=lambda c: (abs(c.price - reference), c.price))


def _at_least(bids: Iterable[Interest], prices: Sequence[Decimal]) -> list[Decimal]:
    """What is bought at each of the ascending prices: by all who would pay as much or more."""
    amounts = dict.fromkeys(prices, _ZERO)
    any_price = _ZERO
    for price, quantity in bids:
        if price is None:
            any_price += quantity
        else:
            amounts[price] += quantity
    total, sums = any_price, []
    for price in reversed(prices):
        total += amounts[price]
        sums.append(total)
    return sums[::-1]


def _at_most(asks: Iterable[Interest], prices: Sequence[Decimal]) -> list[Decimal]:
    amounts = dict.fromkeys(prices, _ZERO)
    total = _ZERO
    for price, quantity in asks:
        if price is None:
            total += quantity
        else:
            amounts[price] += quantity
    sums = []
    for price in prices:
        total += amounts[price]
        sums.append(total)
    return sums
