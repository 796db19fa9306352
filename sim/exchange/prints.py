"""Trades as the public sees them."""

from dataclasses import dataclass
from decimal import Decimal

from sim.book import Fill

__all__ = ["Print", "Prints"]


@dataclass(frozen=True, slots=True)
class Print:
    symbol: str
    quantity: Decimal
    price: Decimal
    at: int
    taker_buys: bool


class Prints:
    """The last trade of each symbol, and where they are `wanted` all since they were taken last."""

    def __init__(self) -> None:
        self.last: dict[str, Print] = {}
        self.wanted = False
        self.tape: list[Print] | None = None
        """Where somebody records, everything once more; the recorder empties it."""
        self._new: list[Print] = []

    def add(self, fill: Fill, now: int) -> None:
        taker = fill.taker
        trade = Print(taker.symbol, fill.quantity, fill.price, now, taker.is_buy)
        self.last[taker.symbol] = trade
        if self.tape is not None:
            self.tape.append(trade)
        if self.wanted:
            self._new.append(trade)

    def take(self) -> list[Print]:
        taken, self._new = self._new, []
        return taken
