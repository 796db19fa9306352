"""Which quotes become reference prices: not every one, since each is a record of the journal.

A price is taken when it is the first; when `interval` has passed since the last one that was taken and it differs; or
at once where it has moved by `threshold` or more, so that a collar does not lag behind a market that runs. In between,
the newest waits and is taken when its time has come. A price that the venue repeats is taken again every `confirm`: a
limit may deny orders where the reference is too old.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Conflation", "ConflationTerms"]


@dataclass(frozen=True, slots=True)
class ConflationTerms:
    """Times in nanoseconds."""

    interval_ns: int
    """At most one price an instrument and interval, but for those that moved far."""
    threshold_percent: Decimal
    """A move since the price that was taken last which does not wait."""
    confirm_ns: int
    """How often a price that stays the same is taken again; not below the interval."""


@dataclass(slots=True)
class _Taken:
    price: Decimal
    at_ns: int
    waiting: Decimal | None = None


class Conflation:
    """The prices of one session that were taken, and those that wait."""

    def __init__(self, terms: ConflationTerms) -> None:
        self._terms = terms
        self._taken: dict[str, _Taken] = {}
        self.conflated_count = 0
        """Prices that a newer one replaced before they were taken."""

    def offer(self, instrument: str, price: Decimal, now_ns: int) -> Decimal | None:
        """Give the price where it is to be taken now; None where it waits or is the same."""
        taken = self._taken.get(instrument)
        if taken is None:
            self._taken[instrument] = _Taken(price, now_ns)
            return price
        if taken.waiting is not None and taken.waiting != price:
            self.conflated_count += 1
        taken.waiting = price
        has_moved = abs(price - taken.price) * 100 >= self._terms.threshold_percent * taken.price
        return self._take(taken, now_ns) if has_moved and price != taken.price else self._due(taken, now_ns)

    def due(self, now_ns: int) -> list[tuple[str, Decimal]]:
        """Give what waited and whose time has come."""
        found = ((instrument, self._due(taken, now_ns)) for instrument, taken in self._taken.items())
        return [(instrument, price) for instrument, price in found if price is not None]

    def _due(self, taken: _Taken, now_ns: int) -> Decimal | None:
        if taken.waiting is None:
            return None
        is_same = taken.waiting == taken.price
        wait_ns = self._terms.confirm_ns if is_same else self._terms.interval_ns
        return self._take(taken, now_ns) if now_ns - taken.at_ns >= wait_ns else None

    def _take(self, taken: _Taken, now_ns: int) -> Decimal:
        assert taken.waiting is not None
        taken.price, taken.at_ns, taken.waiting = taken.waiting, now_ns, None
        return taken.price
