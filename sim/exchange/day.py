"""The trading day of the exchange: phases by the calendar, ends of halts, expiry and what is carried over.

At the close orders that are good for the day expire, in the order in which they came. GTC and GTD orders stay;
with `report_done_for_day` their owners are told so, and with `restate_at_open` they are restated as the next day
begins. Splits take effect with the first phase of their day.
"""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import TYPE_CHECKING

from sim.book import Order, Status, TimeInForce
from sim.config.calendar import Split
from sim.config.settings import Settings
from sim.exchange.reports import Report
from sim.phases import Phase
from sim.phases.calendar import Calendar, Change
from sim.wire import SECOND

if TYPE_CHECKING:
    from sim.exchange.exchange import Exchange

__all__ = ["Day"]

# ExecRestatementReason(378)
_CORPORATE_ACTION = 0
_RENEWAL = 1
_CARRIED = (TimeInForce.GTC, TimeInForce.GTD)


class Day:
    def __init__(self, settings: Settings, exchange: "Exchange", now: int) -> None:
        self._settings = settings.calendar
        self._halt_ns = settings.exchange.halt_s * SECOND
        self._gtx_ends = settings.exchange.gtx == "crossing"
        self._exchange = exchange
        self._calendar = Calendar(settings.calendar) if settings.calendar.phases else None
        self._change: Change | None = None
        self._today: date | None = None
        self._resumes: dict[str, int] = {}
        self.has_close = any(start.phase is Phase.CLOSING_AUCTION for start in settings.calendar.phases)
        if self._calendar is not None:
            phase = self._calendar.phase_at(now)
            exchange.phase = phase
            for market in exchange.markets.values():
                market.phase = phase
            self._today = self._calendar.local_date(now) if phase is not Phase.CLOSED else None
            self._change = self._calendar.next_change(now)

    def halted(self, symbol: str, now: int) -> None:
        """Take note of a volatility halt; it ends by itself."""
        self._resumes[symbol] = now + self._halt_ns

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = []
        while (due := self.due_at()) is not None and due <= now:
            reports += self._next(due)
        return reports

    def due_at(self) -> int | None:
        times = [self._exchange.expiry.due_at(), *self._resumes.values()]
        if self._change is not None:
            times.append(self._change.at)
        return min((at for at in times if at is not None), default=None)

    def _next(self, due: int) -> list[Report]:
        change = self._change
        if change is not None and change.at == due:
            assert self._calendar is not None
            self._change = self._calendar.next_change(due)
            return self._begin(change)
        for symbol, at in self._resumes.items():
            if at == due:
                del self._resumes[symbol]
                return self._exchange.set_phase(symbol, Phase.CONTINUOUS, due)
        reports: list[Report] = []
        for order in self._exchange.expiry.due(due):
            reports += self._exchange.end(order, Status.EXPIRED, due, "ExpireTime(126) is reached")
        return reports

    def _begin(self, change: Change) -> list[Report]:
        reports: list[Report] = []
        if change.day != self._today and change.phase is not Phase.CLOSED:
            self._today = change.day
            self._exchange.ids.new_day()
            self._exchange.directory.new_day()
            reports += self._open_day(change)
        if change.phase.is_call and self._gtx_ends:
            reports += self._expire((TimeInForce.GTX,), change.at, "good till crossing")
        self._exchange.phase = change.phase
        self._resumes.clear()  # the calendar overrules a halt
        for symbol in self._exchange.markets:
            reports += self._exchange.set_phase(symbol, change.phase, change.at)
        if change.phase is Phase.CLOSED:
            reports += self._close_day(change.at)
        return reports

    def _open_day(self, change: Change) -> list[Report]:
        reports: list[Report] = []
        for split in self._settings.splits:
            if split.day == change.day:
                reports += self._split(split, change.at)
        if self._settings.restate_at_open:
            narrator = self._exchange.narrator
            reports += [
                narrator.restated(o, _RENEWAL, change.at, None)
                for o in self._open_orders()
                if o.time_in_force in _CARRIED
            ]
        return reports

    def _close_day(self, now: int) -> list[Report]:
        ending = tuple(tif for tif in TimeInForce if tif not in _CARRIED)
        reports = self._expire(ending, now, "the market closed")
        if self._settings.report_done_for_day:
            reports += [self._exchange.narrator.done_for_day(order, now) for order in self._open_orders()]
        return reports

    def _expire(self, ending: tuple[TimeInForce, ...], now: int, text: str) -> list[Report]:
        reports: list[Report] = []
        for order in list(self._open_orders()):
            if order.time_in_force in ending and order.is_open:
                reports += self._exchange.end(order, Status.EXPIRED, now, text)
        return reports

    def _split(self, split: Split, now: int) -> list[Report]:
        """Give holders and orders new shares for old ones: quantities grow as prices shrink."""
        exchange, symbol = self._exchange, split.symbol
        ratio = split.new / split.old
        instrument, market = exchange.instruments[symbol], exchange.markets[symbol]
        market.last_price = (market.last_price / ratio).quantize(instrument.tick)
        exchange.ledger.split(symbol, ratio)
        reports: list[Report] = []
        for order in [o for o in self._open_orders() if o.symbol == symbol]:
            market.take_out(order)
            order.split(ratio, instrument.tick, ROUND_FLOOR if order.is_buy else ROUND_CEILING)
            text = f"split {split.new}:{split.old}"
            reports.append(exchange.narrator.restated(order, _CORPORATE_ACTION, now, text))
            reports += exchange.tell(market.enter(order), now)
        return reports

    def _open_orders(self) -> Iterator[Order]:
        return (order for order in self._exchange.ledger.orders.values() if order.is_open)
