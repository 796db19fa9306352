"""What matching brings about, in the order in which it happens."""

from dataclasses import dataclass
from decimal import Decimal

from sim.book.order import Order, Status

__all__ = ["Ended", "Event", "Fill", "Halted", "Reduced", "Triggered"]


@dataclass(frozen=True, slots=True)
class Fill:
    """One match, at the maker's price or at the auction's."""

    maker: Order
    taker: Order
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Ended:
    """An order that the market took out: `order.ended` is set already."""

    order: Order
    status: Status
    text: str


@dataclass(frozen=True, slots=True)
class Triggered:
    """A stop order whose price was reached; it trades from now on."""

    order: Order


@dataclass(frozen=True, slots=True)
class Reduced:
    """The market took a part of an order's quantity away."""

    order: Order
    text: str


@dataclass(frozen=True, slots=True)
class Halted:
    """Trading stopped, since an order would have traded too far from `price`."""

    symbol: str
    price: Decimal


Event = Fill | Ended | Triggered | Reduced | Halted
