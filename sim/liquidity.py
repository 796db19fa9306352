"""Background traders: market makers around a random walk, and noise takers.

Everything is drawn from one generator that is seeded from outside, so a seed and a sequence of ticks give the
same orders. The makers withdraw all quotes of a symbol and quote anew when the price moved or something was
taken.
"""

import random
from dataclasses import dataclass, field

from sim.book import Order, OrderType, Side, TimeInForce
from sim.config.settings import Instrument, LiquiditySettings
from sim.exchange.exchange import Exchange
from sim.exchange.reports import Report
from sim.phases import Phase
from sim.wire import MILLISECOND, SECOND

__all__ = ["Liquidity"]

_TAKER = "~taker"
_CHANCES = 1_000_000
# A walk that leaves half to double its start would end in prices that no band or tick was chosen for.
_WALK_LEAST, _WALK_MOST = (1, 2), (2, 1)
_CATCH_UP_MAX = SECOND


@dataclass(slots=True)
class _Market:
    symbol: str
    instrument: Instrument
    start_ticks: int
    fair_ticks: int
    quotes: list[Order] = field(default_factory=list)
    trend: int = 0
    """The direction of a trend, and for how many steps it goes on."""
    trend_left: int = 0


class Liquidity:
    """All background traders."""

    def __init__(self, settings: LiquiditySettings, exchange: Exchange, seed: int, now: int) -> None:
        self._settings = settings
        self._exchange = exchange
        self._random = random.Random(seed)
        self._interval = settings.interval_ms * MILLISECOND
        self._next_at = now
        self._orders = 0
        self._move_chance = int(settings.move_probability * _CHANCES)
        self._trend_chance = int(settings.trend_probability * _CHANCES)
        self._take_chance = int(settings.taker_probability * _CHANCES)
        self._markets = [
            _Market(symbol, instrument, ticks := int(instrument.price / instrument.tick), ticks)
            for symbol, instrument in exchange.instruments.items()
        ]

    def due_at(self) -> int | None:
        return self._next_at if self._settings.enabled else None

    def tick(self, now: int) -> list[Report]:
        """Do every step that is due; gives the reports of the counterparties that were traded with."""
        reports: list[Report] = []
        if not self._settings.enabled:
            return reports
        if now - self._next_at > _CATCH_UP_MAX:
            self._next_at = now  # the process slept: what was missed is not made up in one burst
        while self._next_at <= now:
            for market in self._markets:
                reports += self._step(market, now)
            self._next_at += self._interval
        return reports

    def _step(self, market: _Market, now: int) -> list[Report]:
        phase = self._exchange.markets[market.symbol].phase
        if phase is Phase.CLOSED:
            return self._withdraw(market, now)
        moved = self._walk(market)
        reports: list[Report] = []
        if self._settings.makers and (moved or not market.quotes or any(q.cum for q in market.quotes)):
            reports += self._quote(market, now)
        if self._random.randrange(_CHANCES) < self._take_chance and phase is Phase.CONTINUOUS:
            reports += self._take(market, now)
        return reports

    def _walk(self, market: _Market) -> bool:
        if self._random.randrange(_CHANCES) >= self._move_chance:
            return False
        if (
            self._trend_chance
            and not market.trend_left
            and self._random.randrange(_CHANCES) < self._trend_chance
        ):
            market.trend, market.trend_left = self._random.choice((-1, 1)), self._settings.trend_steps
        least = market.start_ticks * _WALK_LEAST[0] // _WALK_LEAST[1]
        most = market.start_ticks * _WALK_MOST[0] // _WALK_MOST[1]
        step = market.trend if market.trend_left else self._random.choice((-1, 1))
        market.trend_left = max(market.trend_left - 1, 0)
        market.fair_ticks = min(max(market.fair_ticks + step, least, 1), most)
        return True

    def _quote(self, market: _Market, now: int) -> list[Report]:
        reports = self._withdraw(market, now)
        half = (self._settings.spread_ticks + 1) // 2
        for maker in range(self._settings.makers):
            for level in range(self._settings.levels):
                for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
                    ticks = market.fair_ticks + sign * (half + level)
                    if ticks <= 0:
                        continue
                    lots = self._random.randint(self._settings.lots_min, self._settings.lots_max)
                    order = self._order(
                        f"~maker-{maker + 1}", market, side, ticks, lots, TimeInForce.DAY, now
                    )
                    market.quotes.append(order)
                    reports += self._exchange.trade_background(order, now)
        return reports

    def _withdraw(self, market: _Market, now: int) -> list[Report]:
        reports: list[Report] = []
        for order in market.quotes:
            if order.is_open:
                reports += self._exchange.withdraw_background(order, now)
        market.quotes = []
        return reports

    def _take(self, market: _Market, now: int) -> list[Report]:
        side, sign = self._random.choice(((Side.BUY, 1), (Side.SELL, -1)))
        reach = (self._settings.spread_ticks + 1) // 2 + self._settings.levels
        ticks = max(market.fair_ticks + sign * reach, 1)
        lots = self._random.randint(1, self._settings.taker_lots_max)
        order = self._order(_TAKER, market, side, ticks, lots, TimeInForce.IOC, now)
        return self._exchange.trade_background(order, now)

    def _order(
        self, owner: str, market: _Market, side: Side, ticks: int, lots: int, tif: TimeInForce, now: int
    ) -> Order:
        self._orders += 1
        return Order(
            order_id=f"~{self._orders}",
            owner=owner,
            account="",
            symbol=market.symbol,
            side=side,
            order_type=OrderType.LIMIT,
            time_in_force=tif,
            quantity=market.instrument.lot * lots,
            price=market.instrument.tick * ticks,
            entered_at=now,
            background=True,
        )
