"""Plays a recording into the books as background orders, so that counterparties trade with the past.

Each side's recorded best price is one or more background orders. A quote with less at the same price takes from the
last of them, one with more adds an order at the end of the queue; another price withdraws them all. A recorded trade
is an immediate-or-cancel order at its price. So a counterparty's order has a place in the queue: what was shown when
it came trades first, what was added later trades after it, and nobody is filled at a price that was not traded at or
quoted through.

The recording is not changed by the counterparties: what they take is there again with the next quote.
"""

from collections.abc import Sequence
from decimal import Decimal

from sim.book import Order, OrderType, Side, TimeInForce
from sim.exchange import Exchange, Report
from sim.phases import Phase
from sim.replay.record import Kind, Record

__all__ = ["Player"]

_QUOTER, _TRADER = "~quotes", "~trades"


class Player:
    """`records` are in the order of their times; the first is played at `begins_at`, or (None) at `begin`.

    `speed` is how many recorded seconds pass in one of the clock. Under a virtual clock the recording takes no time
    at all: the same calls are made as under a real one. Without a speed the clock means nothing, and `step` plays.
    """

    def __init__(
        self, records: Sequence[Record], exchange: Exchange, begins_at: int | None, speed: Decimal | None
    ) -> None:
        self.records = records
        self._exchange = exchange
        self._begun = begins_at
        self._speed = speed
        self._looked_at = begins_at
        self._next = 0
        self._orders = 0
        self._quotes: dict[tuple[str, bool], list[Order]] = {}

    @property
    def played(self) -> int:
        """How many records were played."""
        return self._next

    @property
    def is_over(self) -> bool:
        return self._next >= len(self.records)

    @property
    def is_on_demand(self) -> bool:
        return self._speed is None

    def begin(self, now: int) -> None:
        """Begin, if it did not yet."""
        if self._begun is None:
            self._begun = self._looked_at = now

    def resume(self, now: int) -> None:
        """Leave the time out since `tick` was called last: what was not played then is not made up for."""
        if self._begun is not None and self._looked_at is not None and now > self._looked_at:
            self._begun += now - self._looked_at
            self._looked_at = now

    def due_at(self) -> int | None:
        if self.is_over or self._begun is None or self._speed is None:
            return None
        recorded = self.records[self._next].at - self.records[0].at
        return self._begun + int(recorded / self._speed)

    def tick(self, now: int) -> list[Report]:
        """Play what is due; gives the reports of the counterparties that were traded with."""
        self._looked_at = now
        reports: list[Report] = []
        while (due := self.due_at()) is not None and due <= now:
            reports += self._play(now)
        return reports

    def step(self, now: int) -> list[Report]:
        """Play all that was recorded at the next instant, whatever the clock says."""
        reports: list[Report] = []
        at = None if self.is_over else self.records[self._next].at
        while not self.is_over and self.records[self._next].at == at:
            reports += self._play(now)
        return reports

    def _play(self, now: int) -> list[Report]:
        record = self.records[self._next]
        self._next += 1
        market = self._exchange.markets.get(record.symbol)
        if market is None or market.phase is Phase.CLOSED:
            return []
        return self._trade(record, now) if record.kind is Kind.TRADE else self._quote(record, now)

    def _trade(self, record: Record, now: int) -> list[Report]:
        if self._exchange.markets[record.symbol].phase is not Phase.CONTINUOUS:
            return []
        return self._exchange.trade_background(self._order(record, _TRADER, TimeInForce.IOC, now), now)

    def _quote(self, record: Record, now: int) -> list[Report]:
        key = (record.symbol, record.is_buy)
        standing = [order for order in self._quotes.get(key, []) if order.is_open]
        reports: list[Report] = []
        if standing and standing[0].price != record.price:
            for order in standing:
                reports += self._exchange.withdraw_background(order, now)
            standing = []
        shown = sum((order.remaining for order in standing), Decimal(0))
        if record.quantity < shown:
            reports += self._take_away(standing, shown - record.quantity, now)
        elif record.quantity > shown:
            more = self._order(record, _QUOTER, TimeInForce.DAY, now, record.quantity - shown)
            standing.append(more)
            reports += self._exchange.trade_background(more, now)
        self._quotes[key] = [order for order in standing if order.is_open]
        return reports

    def _take_away(self, standing: list[Order], quantity: Decimal, now: int) -> list[Report]:
        reports: list[Report] = []
        for order in reversed(standing):
            less = min(quantity, order.remaining)
            quantity -= less
            if less == order.remaining:
                reports += self._exchange.withdraw_background(order, now)
            elif less:
                order.quantity -= less
        return reports

    def _order(
        self, record: Record, owner: str, tif: TimeInForce, now: int, quantity: Decimal | None = None
    ) -> Order:
        self._orders += 1
        return Order(
            order_id=f"~r{self._orders}",
            owner=owner,
            account="",
            symbol=record.symbol,
            side=Side.BUY if record.is_buy else Side.SELL,
            order_type=OrderType.LIMIT,
            time_in_force=tif,
            quantity=record.quantity if quantity is None else quantity,
            price=record.price,
            entered_at=now,
            background=True,
        )
