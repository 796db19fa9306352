"""Sums positions up: by any combination of groups, in each currency, and in the base currency where it can be told.

Pure arithmetic on messages. A rate that is missing is never taken for 1: the sum of its currency stands for itself, and
the total in the base currency is empty. A rate that is too old is used and shown as stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal

from gateway.v1 import events_pb2 as events
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types

__all__ = ["GROUP_FIELDS", "RateTable", "sum_positions"]

EXACT = Context(prec=80)
PLACES = Decimal("1e-16")
ZERO = Decimal(0)

GROUP_FIELDS: Mapping[int, str] = {
    queries.POSITION_GROUP_ACCOUNT: "account",
    queries.POSITION_GROUP_STRATEGY: "strategy",
    queries.POSITION_GROUP_INSTRUMENT: "instrument",
    queries.POSITION_GROUP_CURRENCY: "currency",
    queries.POSITION_GROUP_VENUE: "venue",
    queries.POSITION_GROUP_ASSET_CLASS: "asset_class",
    queries.POSITION_GROUP_SECTOR: "sector",
    queries.POSITION_GROUP_REGION: "region",
}
"""The name that a group sums by, of a Position and of a PositionSum."""


@dataclass(frozen=True)
class _Quote:
    value: Decimal | None
    as_of_ns: int = 0
    state: queries.RateState = queries.RATE_STATE_MISSING


class RateTable:
    """Rates to one base currency: as set, or the inverse of what is set the other way; the newer of the two."""

    def __init__(
        self, rates: Iterable[events.RateSet], base_currency: str, max_age_ns: int, now_ns: int
    ) -> None:
        self._base = base_currency
        self._oldest_ns = now_ns - max_age_ns
        self._quotes: dict[str, _Quote] = {}
        for rate in rates:
            value, as_of_ns = Decimal(rate.rate), rate.as_of.ToNanoseconds()
            if rate.to_currency == base_currency:
                self._take(rate.from_currency, value, as_of_ns)
            elif rate.from_currency == base_currency:
                self._take(rate.to_currency, EXACT.divide(Decimal(1), value), as_of_ns)

    def _take(self, currency: str, value: Decimal, as_of_ns: int) -> None:
        known = self._quotes.get(currency)
        if known is None or as_of_ns > known.as_of_ns:
            fresh = as_of_ns >= self._oldest_ns
            state = queries.RATE_STATE_OK if fresh else queries.RATE_STATE_STALE
            self._quotes[currency] = _Quote(value, as_of_ns, state)

    def of(self, currency: str) -> _Quote:
        """Give what one unit of a currency is worth in the base currency, and whether that is known."""
        if currency and currency == self._base:
            return _Quote(Decimal(1), 0, queries.RATE_STATE_OK)
        return self._quotes.get(currency, _Quote(None))


@dataclass
class _Amounts:
    realized: Decimal = ZERO
    unrealized: Decimal = ZERO
    commission: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        profit = EXACT.add(self.realized, self.unrealized)
        return EXACT.subtract(profit, EXACT.add(self.commission, self.fees))


@dataclass
class _Sum:
    positions: int = 0
    net: Decimal = ZERO
    saturated: bool = False
    unpriced: set[str] = field(default_factory=set)
    amounts: dict[str, _Amounts] = field(default_factory=dict)

    def add(self, position: types.Position) -> None:
        self.positions += 1
        net = _decimal(position.net_quantity)
        self.net = EXACT.add(self.net, net)
        self.saturated |= position.saturated
        own = self.amounts.setdefault(position.currency, _Amounts())
        own.realized = EXACT.add(own.realized, _decimal(position.realized_profit))
        if position.unrealized_profit:
            own.unrealized = EXACT.add(own.unrealized, _decimal(position.unrealized_profit))
        elif net:
            self.unpriced.add(position.instrument)
        for charges in position.charges:
            paid = self.amounts.setdefault(charges.currency, _Amounts())
            paid.commission = EXACT.add(paid.commission, _decimal(charges.commission))
            paid.fees = EXACT.add(paid.fees, _decimal(charges.fees))


def sum_positions(
    positions: Iterable[types.Position], group_by: Iterable[int], rates: RateTable
) -> list[queries.PositionSum]:
    """Sum up, by name. Raises KeyError for a group that is none."""
    names = [GROUP_FIELDS[group] for group in dict.fromkeys(group_by)]
    sums: dict[tuple[str, ...], _Sum] = {}
    for position in positions:
        key = tuple(getattr(position, name) for name in names)
        sums.setdefault(key, _Sum()).add(position)
    return [_shown(dict(zip(names, key, strict=True)), sums[key], rates) for key in sorted(sums)]


def _shown(names: Mapping[str, str], found: _Sum, rates: RateTable) -> queries.PositionSum:
    shown = queries.PositionSum(
        position_count=found.positions, unpriced=sorted(found.unpriced), saturated=found.saturated
    )
    for name, value in names.items():
        setattr(shown, name, value)
    if "instrument" in names:
        shown.net_quantity = _text(found.net)
    total: Decimal | None = ZERO
    for currency in sorted(found.amounts):
        amounts, quote = found.amounts[currency], rates.of(currency)
        entry = shown.currencies.add(
            currency=currency,
            realized_profit=_text(amounts.realized),
            unrealized_profit=_text(amounts.unrealized),
            commission=_text(amounts.commission),
            fees=_text(amounts.fees),
            total=_text(amounts.total),
            rate_state=quote.state,
        )
        if quote.value is not None:
            entry.rate = _text(quote.value)
            if quote.as_of_ns:
                entry.rate_as_of.FromNanoseconds(quote.as_of_ns)
        shown.stale |= quote.state == queries.RATE_STATE_STALE
        if amounts == _Amounts():
            continue  # nothing times an unknown rate is nothing
        if quote.value is None or total is None:
            total = None
        else:
            total = EXACT.add(total, EXACT.multiply(amounts.total, quote.value))
    if total is not None:
        shown.total = _text(total)
    return shown


def _decimal(text: str) -> Decimal:
    return Decimal(text) if text else ZERO


def _text(value: Decimal) -> str:
    rounded = value.quantize(PLACES, ROUND_HALF_EVEN, EXACT)
    text = f"{rounded:f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text
