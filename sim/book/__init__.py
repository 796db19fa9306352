"""Orders, the books that match them, and the market of one symbol around its book."""

from sim.book.book import Book
from sim.book.events import Ended, Event, Fill, Halted, Reduced, Triggered
from sim.book.market import Market
from sim.book.order import Order, OrderType, Side, Status, TimeInForce
from sim.book.self_trade import Prevention
from sim.book.terms import PLAIN, Peg, Terms

__all__ = [
    "PLAIN",
    "Book",
    "Ended",
    "Event",
    "Fill",
    "Halted",
    "Market",
    "Order",
    "OrderType",
    "Peg",
    "Prevention",
    "Reduced",
    "Side",
    "Status",
    "Terms",
    "TimeInForce",
    "Triggered",
]
