"""What happens instead of a trade with oneself."""

from collections.abc import Iterator
from enum import StrEnum

from sim.book.events import Ended, Event, Reduced
from sim.book.order import Order, Status

__all__ = ["Prevention", "prevent"]

_TEXT = "self-trade prevention"


class Prevention(StrEnum):
    ALLOW = "allow"
    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"
    CANCEL_BOTH = "cancel_both"
    DECREMENT = "decrement"
    """The smaller is canceled, and the larger loses as much."""

    @property
    def ends_taker(self) -> bool:
        return self not in (Prevention.ALLOW, Prevention.CANCEL_OLDEST)


def prevent(prevention: Prevention, maker: Order, taker: Order) -> Iterator[Event]:
    """End or reduce what would have traded; at least one of the two is no longer open afterwards."""
    if prevention is Prevention.DECREMENT:
        yield from _decrement(maker, taker)
        return
    if prevention is not Prevention.CANCEL_NEWEST:
        maker.ended = Status.CANCELED
        yield Ended(maker, Status.CANCELED, _TEXT)
    if prevention is not Prevention.CANCEL_OLDEST:
        taker.ended = Status.CANCELED
        yield Ended(taker, Status.CANCELED, _TEXT)


def _decrement(maker: Order, taker: Order) -> Iterator[Event]:
    quantity = min(maker.remaining, taker.remaining)
    for order in (maker, taker):
        if order.remaining == quantity:
            order.ended = Status.CANCELED
            yield Ended(order, Status.CANCELED, _TEXT)
            continue
        order.quantity -= quantity
        if order.display is not None:
            order.tranche = min(order.tranche, order.remaining)
        yield Reduced(order, _TEXT)
