"""What the market did, into reports for those concerned and records for the ledger."""

from dataclasses import replace
from decimal import Decimal

from sim.book import Ended, Event, Fill, Halted, Order, Reduced, Status
from sim.book.order import ZERO
from sim.config.venue import Fees
from sim.exchange.fees import fee
from sim.exchange.ids import Ids
from sim.exchange.reports import ExecutionKind, Report, execution_of
from sim.ledger import Ledger, Leg

__all__ = ["Narrator"]

_PARTIAL_DECLINE = 5  # ExecRestatementReason(378)
_KIND_OF_END = {
    Status.CANCELED: ExecutionKind.CANCELED,
    Status.EXPIRED: ExecutionKind.EXPIRED,
    Status.REJECTED: ExecutionKind.REJECTED,
}


class Narrator:
    """Background orders trade and are summed in the ledger, but nobody is told of them."""

    def __init__(self, ids: Ids, ledger: Ledger, fees: Fees | None = None) -> None:
        self._ids = ids
        self._ledger = ledger
        self._fees = fees if fees is not None and fees.any else None

    def tell(self, event: Event, now: int) -> list[Report]:
        """Give the reports of one event; must be asked before the next event is made."""
        if isinstance(event, Fill):
            return self._trade(event, now)
        if isinstance(event, Halted):
            return []
        order = event.order
        if order.background:
            return []
        if isinstance(event, Ended):
            return [self.ended(order, event.status, now, event.text)]
        if isinstance(event, Reduced):
            return [self.restated(order, _PARTIAL_DECLINE, now, event.text)]
        return [execution_of(order, ExecutionKind.TRIGGERED, self._ids.execution(), now)]

    def ended(
        self, order: Order, status: Status, now: int, text: str | None, orig_cl_ord_id: str | None = None
    ) -> Report:
        """Say that an order ended other than by a full fill."""
        return execution_of(
            order,
            _KIND_OF_END[status],
            self._ids.execution(),
            now,
            orig_cl_ord_id=orig_cl_ord_id,
            text=text,
        )

    def restated(self, order: Order, reason: int, now: int, text: str | None) -> Report:
        """Say that the exchange changed an order, or confirmed it. `reason` is ExecRestatementReason(378)."""
        return execution_of(
            order, ExecutionKind.RESTATED, self._ids.execution(), now, restatement=reason, text=text
        )

    def done_for_day(self, order: Order, now: int) -> Report:
        return execution_of(order, ExecutionKind.DONE_FOR_DAY, self._ids.execution(), now)

    def charged(self, leg: Leg, quantity: Decimal, price: Decimal) -> Leg:
        """Give one side of a trade with the fee that other terms make."""
        if self._fees is None or leg.exec_id is None:
            return leg
        return replace(leg, fee=fee(self._fees, leg.is_maker, quantity, price))

    def _trade(self, fill: Fill, now: int) -> list[Report]:
        maker, taker = fill.maker, fill.taker
        last = (fill.quantity, fill.price)
        reports: list[Report] = []
        exec_ids: list[str | None] = []
        paid: list[Decimal | None] = []
        for order in (maker, taker):
            fees = None if order.background else self._fees
            paid.append(None if fees is None else fee(fees, order is maker, fill.quantity, fill.price))
            if order.background:
                exec_ids.append(None)
                continue
            exec_id = self._ids.execution()
            exec_ids.append(exec_id)
            report = execution_of(order, ExecutionKind.TRADE, exec_id, now, last=last)
            report.fee, report.is_maker = paid[-1], order is maker
            reports.append(report)
        trade_id = "" if maker.background and taker.background else self._ids.trade()
        self._ledger.traded(trade_id, fill, exec_ids[0], exec_ids[1], now, (paid[0] or ZERO, paid[1] or ZERO))
        return reports
