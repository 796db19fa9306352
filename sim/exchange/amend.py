"""Trades that the exchange takes back or changes.

What a bust gives back is open again: an order that could rest goes to the end of the queue, one that could not is
canceled.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from sim.book import Event, Order, Status
from sim.book.order import EXACT
from sim.exchange.exchange import Exchange
from sim.exchange.reports import Execution, ExecutionKind, Report, execution_of
from sim.ledger import Leg, Trade

__all__ = ["bust", "correct", "find_trade", "quantity_max"]


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
        if order.is_open and not was_open and not order.by_hand:
            reports += exchange.tell(exchange.markets[order.symbol].enter(order), now)
    return reports


def correct(
    exchange: Exchange, trade: Trade, now: int, quantity: Decimal | None = None, price: Decimal | None = None
) -> list[Report]:
    """Change a trade's quantity or its price, and the fees with it. Raises ValueError: see `quantity_max`."""
    legs = list(_legs(exchange, trade))
    quantity, price = quantity or trade.quantity, price or trade.price
    if quantity > quantity_max(exchange, trade):
        most = quantity_max(exchange, trade)
        raise ValueError(f"{trade.trade_id} can be corrected to {most:f} at most, was asked for {quantity:f}")
    buy, sell = (exchange.narrator.charged(leg, quantity, price) for leg in (trade.buy, trade.sell))
    corrected = replace(trade, quantity=quantity, price=price, buy=buy, sell=sell)
    exchange.ledger.corrected(trade, corrected)
    reports: list[Report] = []
    for leg, order in legs:
        was_open = order.is_open
        order.take_back(trade.quantity, trade.price)
        order.cum += corrected.quantity
        order.notional = EXACT.fma(corrected.quantity, corrected.price, order.notional)
        report = _report(exchange, order, leg, corrected, ExecutionKind.TRADE_CORRECT, now)
        report.fee = (corrected.buy if order.is_buy else corrected.sell).fee if leg.fee else None
        reports.append(report)
        reports += exchange.tell(_follow(exchange, order, was_open), now)
    return reports


def _follow(exchange: Exchange, order: Order, was_open: bool) -> Iterator[Event]:
    """Put an order to where its quantity now belongs."""
    market = exchange.markets[order.symbol]
    if order.is_open and not was_open and not order.by_hand:
        return market.enter(order)
    if not order.is_open:
        market.take_out(order)
    return market.amended()


def quantity_max(exchange: Exchange, trade: Trade) -> Decimal:
    """Give what a trade can be corrected to: no order can have more than was ordered."""
    return trade.quantity + min(
        (order.remaining for _, order in _legs(exchange, trade)), default=trade.quantity
    )


def _legs(exchange: Exchange, trade: Trade) -> Iterator[tuple[Leg, Order]]:
    """Give the sides that belong to counterparties; background orders are gone, and nobody asks."""
    for leg in (trade.buy, trade.sell):
        order = exchange.ledger.orders.get(leg.order_id)
        if order is not None:
            yield leg, order


def _report(
    exchange: Exchange, order: Order, leg: Leg, trade: Trade, kind: ExecutionKind, now: int
) -> Execution:
    return execution_of(
        order,
        kind,
        exchange.ids.execution(),
        now,
        last=(trade.quantity, trade.price),
        exec_ref_id=leg.exec_id,
    )
