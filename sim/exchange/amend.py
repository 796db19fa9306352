"""Trades that the exchange takes back or changes.

What a bust gives back is open again: an order that could rest goes to the end of the queue, one that could not is
canceled.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from sim.book import Order, Status
from sim.book.order import EXACT
from sim.exchange.exchange import Exchange
from sim.exchange.reports import ExecutionKind, Report, execution_of
from sim.ledger import Leg, Trade

__all__ = ["bust", "correct", "find_trade"]


def find_trade(exchange: Exchange, name: str) -> Trade | None:
    """Find a trade by its id or by the ExecID(17) of one of its sides."""
    for trade in exchange.ledger.trades:
        if name in (trade.trade_id, trade.buy.exec_id, trade.sell.exec_id):
            return trade
    return None


def bust(exchange: Exchange, trade: Trade, now: int) -> list[Report]:
    """Take a trade back; gives the reports of both sides, and of what follows."""
    exchange.ledger.busted(trade)
    reports: list[Report] = []
    for leg, order in _legs(exchange, trade):
        was_open = order.is_open
        order.take_back(trade.quantity, trade.price)
        rests = order.price is not None and not order.time_in_force.is_immediate
        if order.ended is None and not rests:
            order.ended = Status.CANCELED
        reports.append(_report(exchange, order, leg, trade, ExecutionKind.TRADE_CANCEL, now))
        if order.is_open and not was_open:
            reports += exchange.tell(exchange.markets[order.symbol].enter(order), now)
    return reports


def correct(
    exchange: Exchange, trade: Trade, now: int, quantity: Decimal | None = None, price: Decimal | None = None
) -> list[Report]:
    """Change a trade's quantity, at most to what both orders have, or its price."""
    corrected = replace(trade, quantity=quantity or trade.quantity, price=price or trade.price)
    legs = list(_legs(exchange, trade))
    for _, order in legs:
        assert order.cum - trade.quantity + corrected.quantity <= order.quantity, "more than was ordered"
    exchange.ledger.corrected(trade, corrected)
    reports: list[Report] = []
    for leg, order in legs:
        order.take_back(trade.quantity, trade.price)
        order.cum += corrected.quantity
        order.notional = EXACT.fma(corrected.quantity, corrected.price, order.notional)
        if not order.is_open:
            exchange.markets[order.symbol].take_out(order)
        reports.append(_report(exchange, order, leg, corrected, ExecutionKind.TRADE_CORRECT, now))
    return reports


def _legs(exchange: Exchange, trade: Trade) -> Iterator[tuple[Leg, Order]]:
    """Give the sides that belong to counterparties; background orders are gone, and nobody asks."""
    for leg in (trade.buy, trade.sell):
        order = exchange.ledger.orders.get(leg.order_id)
        if order is not None:
            yield leg, order


def _report(
    exchange: Exchange, order: Order, leg: Leg, trade: Trade, kind: ExecutionKind, now: int
) -> Report:
    return execution_of(
        order,
        kind,
        exchange.ids.execution(),
        now,
        last=(trade.quantity, trade.price),
        exec_ref_id=leg.exec_id,
    )
