"""What a venue shows of each instrument: best bid and offer, and the last trade.

W (MarketDataSnapshotFullRefresh) replaces the sides that are subscribed to, X (MarketDataIncrementalRefresh) changes
levels by price. A book has at most LEVELS_MAX prices a side; what is beyond is the far end, and is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.risk.market_data.fields import Field, entries, first, positive

__all__ = ["Quote", "QuoteBook"]

LEVELS_MAX = 1_000
MSG_TYPE, SYMBOL = 35, 55
NO_MD_ENTRIES, MD_ENTRY_TYPE, MD_ENTRY_PX, MD_UPDATE_ACTION = 268, 269, 270, 279
BID, OFFER, TRADE = "0", "1", "2"
_DELETE = "2"


@dataclass(frozen=True, slots=True)
class Quote:
    """Best prices and the last trade; None where the venue shows none."""

    bid: Decimal | None
    offer: Decimal | None
    last: Decimal | None

    @property
    def reference(self) -> Decimal | None:
        """The price that limits are measured against: the middle, else the last trade.

        A crossed or locked book, or one with a side missing, has no middle that an order could trade at. The middle is
        rounded down to eight places.
        """
        if self.bid is not None and self.offer is not None and self.bid < self.offer:
            return (
                ((self.bid + self.offer) / 2)
                .quantize(Decimal("0.00000001"), rounding="ROUND_DOWN")
                .normalize()
            )
        return self.last


@dataclass
class _Book:
    levels: dict[str, set[Decimal]] = field(default_factory=lambda: {BID: set(), OFFER: set()})
    last: Decimal | None = None


class QuoteBook:
    """The quotes of one session. What was not subscribed to is not taken."""

    def __init__(self, instruments: Sequence[str]) -> None:
        self._books = {instrument: _Book() for instrument in instruments}
        self.unusable_count = 0
        """Entries without a usable price, or of an instrument that was not asked for."""

    def quote(self, instrument: str) -> Quote:
        book = self._books[instrument]
        bids, offers = book.levels[BID], book.levels[OFFER]
        return Quote(max(bids, default=None), min(offers, default=None), book.last)

    def clear(self) -> None:
        """Forget the books, as a new subscription begins; last trades stay."""
        for book in self._books.values():
            book.levels = {BID: set(), OFFER: set()}

    def take(self, message: Sequence[Field]) -> set[str]:
        """Apply a W or X; give the instruments that it speaks of."""
        if first(message, MSG_TYPE) == "W":
            return self._take_snapshot(message)
        touched: set[str] = set()
        symbol = ""
        for entry in entries(message, NO_MD_ENTRIES, MD_UPDATE_ACTION):
            # Symbol(55) of an entry holds for those that follow without one (FIX 4.4 vol. 3, X).
            symbol = entry.get(SYMBOL, symbol)
            if self._apply(symbol, entry, entry.get(MD_UPDATE_ACTION) == _DELETE):
                touched.add(symbol)
        return touched

    def _take_snapshot(self, message: Sequence[Field]) -> set[str]:
        symbol = first(message, SYMBOL)
        book = self._books.get(symbol)
        if book is None:
            self.unusable_count += 1
            return set()
        book.levels = {BID: set(), OFFER: set()}
        for entry in entries(message, NO_MD_ENTRIES, MD_ENTRY_TYPE):
            self._apply(symbol, entry, is_delete=False)
        return {symbol}

    def _apply(self, symbol: str, entry: Mapping[int, str], is_delete: bool) -> bool:
        book, price = self._books.get(symbol), positive(entry.get(MD_ENTRY_PX, ""))
        kind = entry.get(MD_ENTRY_TYPE, "")
        if book is None or price is None:
            self.unusable_count += 1
            return False
        if kind == TRADE:
            if not is_delete:
                book.last = price
        elif kind in book.levels:
            levels = book.levels[kind]
            if is_delete:
                levels.discard(price)
            else:
                levels.add(price)
                if len(levels) > LEVELS_MAX:
                    levels.discard(min(levels) if kind == BID else max(levels))
        else:
            return False
        return True
