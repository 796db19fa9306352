"""What an order may ask for beyond side, quantity, price and time."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

__all__ = ["PLAIN", "Peg", "Terms"]


class Peg(StrEnum):
    """What a pegged order follows, as ExecInst(18) says it."""

    PRIMARY = "R"
    """The best price of its own side."""
    MARKET = "P"
    """The best price of the other side."""
    MID = "M"
    """The middle of both; not displayed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`expire_at` is in UTC nanoseconds and belongs to GTD.

    `min_quantity` is what has to trade at once when the order comes, and while it rests what each taker has to bring;
    then it is not displayed. `display` is what an iceberg shows at a time. Orders that share a `self_match_id` are one
    party to self-trade prevention; without one, all orders of a counterparty are.
    """

    stop_price: Decimal | None = None
    display: Decimal | None = None
    min_quantity: Decimal | None = None
    peg: Peg | None = None
    peg_offset: Decimal = Decimal(0)
    expire_at: int | None = None
    post_only: bool = False
    self_match_id: str | None = None


PLAIN = Terms()
