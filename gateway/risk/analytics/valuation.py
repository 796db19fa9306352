"""What positions are worth, and what they have made: exact, in the base currency.

A position is valued at its reference price: market value = net quantity x price x multiplier x rate. Profit on it is
realised (by trades, at average cost) or unrealised: (price - average price) x net quantity. What cannot be valued -
no price, no rate - is named and left out of the sums: a sum must not look whole when it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

__all__ = ["Holding", "InstrumentFacts", "Rates", "Valuation", "Valued", "value_holdings"]

_DIGITS = 60
"""Products of four decimals of 20 digits are far below: nothing is rounded."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One position as the core has it, in the instrument's own units."""

    account: str
    strategy: str
    instrument: str
    net_quantity: Decimal
    average_price: Decimal | None
    """None where it is flat."""
    realized_profit: Decimal
    """In the instrument's currency."""
    desk: str = ""
    """Of the account; empty where it has none."""


@dataclass(frozen=True, slots=True)
class InstrumentFacts:
    """What valuing an instrument takes beside its price."""

    currency: str
    venue: str
    multiplier: Decimal = Decimal(1)
    """Money a unit of quantity and of price, such as 50 for an index future."""
    asset_class: str = ""
    sector: str = ""
    region: str = ""
    """These three: empty where the configuration names none."""
    session: str = ""
    """By which its venue is reached."""


@dataclass(frozen=True)
class Rates:
    """What one unit of a currency is worth in the base currency."""

    base: str
    by_currency: Mapping[str, Decimal] = field(default_factory=dict)

    def of(self, currency: str) -> Decimal | None:
        """Give the rate; 1 for the base itself, None where none is known."""
        return Decimal(1) if currency == self.base else self.by_currency.get(currency)


@dataclass(frozen=True, slots=True)
class Valued:
    """A holding in the base currency."""

    holding: Holding
    facts: InstrumentFacts
    market_value: Decimal
    """Signed."""
    unrealized_profit: Decimal
    realized_profit: Decimal


@dataclass(frozen=True)
class Valuation:
    """All holdings that could be valued, and the instruments and currencies that could not."""

    valued: tuple[Valued, ...]
    without_price: frozenset[str]
    without_rate: frozenset[str]

    @property
    def is_whole(self) -> bool:
        return not self.without_price and not self.without_rate


def value_holdings(
    holdings: Iterable[Holding],
    facts: Mapping[str, InstrumentFacts],
    prices: Mapping[str, Decimal],
    rates: Rates,
) -> Valuation:
    """Value each holding; a flat one needs no price, its realised profit still needs a rate."""
    valued: list[Valued] = []
    without_price: set[str] = set()
    without_rate: set[str] = set()
    for holding in holdings:
        about = facts.get(holding.instrument)
        price = prices.get(holding.instrument)
        rate = None if about is None else rates.of(about.currency)
        if about is None or (price is None and holding.net_quantity):
            without_price.add(holding.instrument)
        elif rate is None:
            without_rate.add(about.currency)
        else:
            valued.append(_value(holding, about, price or Decimal(0), rate))
    return Valuation(tuple(valued), frozenset(without_price), frozenset(without_rate))


def _value(holding: Holding, facts: InstrumentFacts, price: Decimal, rate: Decimal) -> Valued:
    with localcontext(prec=_DIGITS):
        unit = facts.multiplier * rate
        entry = holding.average_price if holding.average_price is not None else price
        return Valued(
            holding,
            facts,
            market_value=holding.net_quantity * price * unit,
            unrealized_profit=holding.net_quantity * (price - entry) * unit,
            realized_profit=holding.realized_profit * rate,
        )
