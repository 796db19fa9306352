"""Makes a recording of an exchange."""

from collections.abc import Iterator
from decimal import Decimal

from sim.exchange import Exchange
from sim.exchange.prints import Print
from sim.replay.record import Kind, Record

__all__ = ["Recorder"]


class Recorder:
    """Asked after each step, it says what the public saw: trades first, then the best prices that changed."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._tape: list[Print] = []
        exchange.prints.tape = self._tape
        self._shown: dict[tuple[str, bool], tuple[Decimal, Decimal]] = {}

    def take(self, now: int) -> Iterator[Record]:
        for trade in self._tape:
            yield Record(trade.at, trade.symbol, Kind.TRADE, trade.taker_buys, trade.price, trade.quantity)
        self._tape.clear()
        for symbol, market in self._exchange.markets.items():
            for is_buy in (True, False):
                best = next(((p, q) for p, q, _ in market.book.displayed(is_buy, 1)), None)
                before = self._shown.get((symbol, is_buy))
                if best is None and before is not None:
                    best = (before[0], Decimal(0))
                if best is not None and best != before:
                    self._shown[symbol, is_buy] = best
                    yield Record(now, symbol, Kind.QUOTE, is_buy, *best)
