"""Pegged orders: prices that follow the book."""

from decimal import Decimal

from sim.book.book import Book
from sim.book.order import Order
from sim.book.terms import Peg

__all__ = ["peg_price"]


def peg_price(order: Order, book: Book) -> Decimal | None:
    """Give the price that `order` has by its peg now; None where there is nothing to follow.

    It follows prices that orders have of themselves, never those of other pegs, or two pegs would chase each
    other. PegOffsetValue(211) is added as it is signed; Price(44), where given, is the worst it may be.
    """
    assert order.peg is not None
    own, other = book.best_unpegged(order.is_buy), book.best_unpegged(not order.is_buy)
    if order.peg is Peg.PRIMARY:
        reference = own
    elif order.peg is Peg.MARKET:
        reference = other
    else:
        reference = None if own is None or other is None else (own + other) / 2
    if reference is None:
        return None
    price = reference + order.terms.peg_offset
    if price <= 0:
        return None
    if order.price is None:
        return price
    return min(price, order.price) if order.is_buy else max(price, order.price)
