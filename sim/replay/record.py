"""One line of a recording."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

__all__ = ["Kind", "Record"]


class Kind(StrEnum):
    QUOTE = "quote"
    """The best price of one side and what is shown there; a quantity of 0 says that there is none."""
    TRADE = "trade"
    """A trade; its side is that of who took."""


@dataclass(frozen=True, slots=True)
class Record:
    """`at` is in UTC nanoseconds."""

    at: int
    symbol: str
    kind: Kind
    is_buy: bool
    price: Decimal
    quantity: Decimal
