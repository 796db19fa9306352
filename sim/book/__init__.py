"""Orders and the price-time priority book that matches them."""

from sim.book.book import Book, Fill
from sim.book.order import Order, OrderType, Side, Status, TimeInForce

__all__ = ["Book", "Fill", "Order", "OrderType", "Side", "Status", "TimeInForce"]
