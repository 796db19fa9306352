"""Sharing one price level out in proportion to size."""

from collections.abc import Sequence
from decimal import Decimal

from sim.book.order import ZERO

__all__ = ["allocate"]


def allocate(sizes: Sequence[Decimal], quantity: Decimal, lot: Decimal) -> list[Decimal]:
    """Give each order's share of `quantity`, in the order of `sizes`, first in time first.

    Everybody gets their proportion, rounded down to lots; what the rounding leaves goes to the first in time.
    The shares add up to `quantity`, or to all there is.
    """
    total = sum(sizes, ZERO)
    if quantity >= total:
        return list(sizes)
    shares = [quantity * size / total // lot * lot for size in sizes]
    left = quantity - sum(shares, ZERO)
    for i, size in enumerate(sizes):
        more = min(left, size - shares[i])
        shares[i] += more
        left -= more
    return shares
