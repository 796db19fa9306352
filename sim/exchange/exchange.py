"""The exchange: it judges requests, runs the markets, keeps the ledger and says what happened.

Every entry point gives the reports that follow, in the order in which they are to be sent, for every
counterparty concerned: an order of one may fill the orders of others. Nothing here knows a session or a FIX
version.
"""

from collections.abc import Iterable
from dataclasses import replace as changed
from decimal import Decimal
from typing import TypeVar

from sim.book import Book, Event, Fill, Halted, Market, Order, OrderType, Side, Status, TimeInForce
from sim.config.settings import Instrument, Settings
from sim.exchange.day import Day
from sim.exchange.directory import Directory
from sim.exchange.expiry import Expiry
from sim.exchange.ids import Ids
from sim.exchange.narrator import Narrator
from sim.exchange.prints import Prints
from sim.exchange.refusals import cancel_reject, refuse_change, refuse_terms
from sim.exchange.reports import (
    NO_ORDER_ID,
    Execution,
    ExecutionKind,
    OrderRejectReason,
    Report,
    execution_of,
)
from sim.exchange.requests import CancelOrder, NewOrder, ReplaceOrder, Request, StatusRequest
from sim.exchange.rules import (
    Violation,
    check_instrument,
    check_offered,
    check_phase,
    check_post_only,
    check_symbol,
    check_terms,
)
from sim.ledger import Ledger
from sim.phases import Phase

__all__ = ["Exchange"]

_ZERO = Decimal(0)
_R = TypeVar("_R", NewOrder, ReplaceOrder)


class Exchange:
    """All markets, all orders. Time and the ids' prefix are arguments."""

    def __init__(self, settings: Settings, id_prefix: str, now: int = 0) -> None:
        self.ledger = Ledger()
        self._venue = settings.venue
        self.ids = Ids(id_prefix, settings.venue.ids)
        self.instruments: dict[str, Instrument] = dict(settings.symbols)
        self.markets: dict[str, Market] = {
            symbol: Market(
                Book(
                    instrument.lot if instrument.matching == "pro_rata" else None,
                    settings.exchange.self_trade_prevention,
                ),
                instrument.price,
                instrument.halt_percent,
            )
            for symbol, instrument in settings.symbols.items()
        }
        self.books: dict[str, Book] = {symbol: market.book for symbol, market in self.markets.items()}
        self._rules = settings.exchange
        self._behaviours = settings.behaviours
        self.directory = Directory(self._venue.cl_ord_id)
        self.narrator = Narrator(self.ids, self.ledger, settings.venue.fees)
        self.expiry = Expiry()
        # Symbol, phase and time; whoever publishes them takes them out.
        self.phase_changes: list[tuple[str, Phase, int]] = []
        # Of the exchange as a whole: single markets may be halted.
        self.phase = Phase.CONTINUOUS
        self._prints = Prints()
        self._day = Day(settings, self, now)

    def handle(self, owner: str, request: Request, now: int, order_id: str | None = None) -> list[Report]:
        """Process one request. `order_id` is given where a new order was promised its OrderID(37) before."""
        if isinstance(request, NewOrder):
            return self.new_order(owner, request, now, order_id)
        if isinstance(request, CancelOrder):
            return self.cancel(owner, request, now)
        if isinstance(request, ReplaceOrder):
            return self.replace(owner, request, now)
        return [self.status(owner, request, now)]

    @property
    def prints(self) -> Prints:
        return self._prints

    def find(self, owner: str, cl_ord_id: str) -> Order | None:
        return self.directory.find(owner, cl_ord_id)

    def new_order(self, owner: str, request: NewOrder, now: int, order_id: str | None = None) -> list[Report]:
        self.ledger.arrived(owner, request.cl_ord_id)
        known = self.directory.find(owner, request.cl_ord_id)
        if known is not None and request.possible_resend:
            return [self.status_of(known, now, request.cl_ord_id, None)]
        if self.directory.is_used(owner, request.cl_ord_id):
            text = f"ClOrdID(11) {request.cl_ord_id} was used before"
            return [self._refuse(owner, request, NO_ORDER_ID, (OrderRejectReason.DUPLICATE_ORDER, text), now)]
        request = self._completed(request)
        fault = self.directory.fault(request.cl_ord_id)
        violation = self._violation(request, now) if fault is None else (OrderRejectReason.OTHER, fault)
        order = self._enter(owner, request, now, order_id)
        if violation is not None:
            order.ended = Status.REJECTED
            return [self._refuse(owner, request, order.order_id, violation, now)]
        reports: list[Report] = [execution_of(order, ExecutionKind.NEW, self.ids.execution(), now)]
        self.expiry.add(order)
        return reports + self.tell(self.markets[order.symbol].enter(order), now)

    def adopt(self, owner: str, request: NewOrder, now: int) -> Order | None:
        """Take an order without judging or working it; None for an unknown symbol or a used ClOrdID(11).

        It is in the ledger, can be asked about, replaced and canceled, and meets nobody.
        """
        if request.symbol not in self.instruments or self.directory.is_used(owner, request.cl_ord_id):
            return None
        self.ledger.arrived(owner, request.cl_ord_id)
        order = self._enter(owner, request, now, None)
        order.by_hand = True
        return order

    def forget(self) -> None:
        """Lose all orders of counterparties. The ledger keeps them: as ended, which nobody is told."""
        for order in self.ledger.orders.values():
            if order.is_open and not order.background:
                self.markets[order.symbol].take_out(order)
                order.ended = Status.CANCELED
        self.directory = Directory(self._venue.cl_ord_id)

    def _enter(self, owner: str, request: NewOrder, now: int, order_id: str | None) -> Order:
        order = Order(
            order_id=order_id or self.ids.order(),
            owner=owner,
            account=request.account,
            symbol=request.symbol,
            side=request.side,
            order_type=request.order_type or OrderType.LIMIT,
            time_in_force=request.time_in_force or TimeInForce.DAY,
            quantity=request.quantity,
            price=request.price,
            entered_at=now,
            cl_ord_ids=[request.cl_ord_id],
            terms=request.terms,
        )
        self.directory.enter(order)
        self.ledger.entered(order)
        return order

    def cancel(self, owner: str, request: CancelOrder, now: int) -> list[Report]:
        order = self.directory.find(owner, request.orig_cl_ord_id)
        refusal = refuse_change(owner, request, order, self.directory)
        if refusal is not None:
            return [cancel_reject(owner, request, order, refusal, now)]
        assert order is not None
        orig = order.cl_ord_id
        self.directory.claim(order, request.cl_ord_id)
        return self.end(order, Status.CANCELED, now, None, orig)

    def replace(self, owner: str, request: ReplaceOrder, now: int) -> list[Report]:
        order = self.directory.find(owner, request.orig_cl_ord_id)
        refusal = refuse_change(owner, request, order, self.directory)
        if refusal is None:
            assert order is not None
            request = self._completed(request)
            instrument, market = self.instruments[order.symbol], self.markets[order.symbol]
            refusal = refuse_terms(request, order, instrument, market, self._rules, now)
        if refusal is not None:
            return [cancel_reject(owner, request, order, refusal, now)]
        assert order is not None
        market = self.markets[order.symbol]
        keeps_place = self._keeps_place(order, request)
        if not keeps_place:
            market.take_out(order)
        orig = order.cl_ord_id
        self._amend(order, request)
        self.directory.claim(order, request.cl_ord_id)
        if not order.is_open:
            market.take_out(order)
        reports: list[Report] = [
            execution_of(order, ExecutionKind.REPLACED, self.ids.execution(), now, orig_cl_ord_id=orig)
        ]
        moves = market.amended() if keeps_place or not order.is_open else market.enter(order)
        return reports + self.tell(moves, now)

    def status(self, owner: str, request: StatusRequest, now: int) -> Report:
        order = self.directory.find(owner, request.cl_ord_id)
        if order is not None:
            return self.status_of(order, now, request.cl_ord_id, request.request_id)
        text = f"unknown order {request.cl_ord_id}"
        return self.no_such_order(
            owner, request.cl_ord_id, request.symbol, request.side, text, now, request.request_id
        )

    @staticmethod
    def no_such_order(
        owner: str,
        cl_ord_id: str,
        symbol: str,
        side: Side,
        text: str,
        now: int,
        request_id: str | None = None,
    ) -> Execution:
        """Answer a question about what there is not."""
        return Execution(
            owner=owner,
            kind=ExecutionKind.STATUS,
            exec_id=NO_ORDER_ID,
            order_id=NO_ORDER_ID,
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=None,
            account="",
            symbol=symbol,
            side=side,
            order_type=None,
            time_in_force=None,
            quantity=_ZERO,
            price=None,
            status=Status.REJECTED,
            leaves=_ZERO,
            cum=_ZERO,
            average_price=_ZERO,
            at=now,
            reject_reason=OrderRejectReason.UNKNOWN_ORDER,
            text=text,
            request_id=request_id,
        )

    def end(
        self, order: Order, status: Status, now: int, text: str | None, orig_cl_ord_id: str | None = None
    ) -> list[Report]:
        """End an open order, for whatever reason, and say so."""
        assert order.is_open, f"{order.order_id} has ended already"
        market = self.markets[order.symbol]
        market.take_out(order)
        order.ended = status
        reports = [self.narrator.ended(order, status, now, text, orig_cl_ord_id)]
        return reports + self.tell(market.amended(), now)

    def set_phase(self, symbol: str, phase: Phase, now: int) -> list[Report]:
        """Put one market into a phase, by the calendar or by hand. A halt by hand lasts until it is ended."""
        market = self.markets[symbol]
        if market.phase is phase:
            return []
        self.phase_changes.append((symbol, phase, now))
        return self.tell(market.change(phase), now)

    def tick(self, now: int) -> list[Report]:
        """Do what is due by the calendar, ends of halts and expiries, in the order of their times."""
        return self._day.tick(now)

    def due_at(self) -> int | None:
        return self._day.due_at()

    def trade_background(self, order: Order, now: int) -> list[Report]:
        """Enter an order of the built-in liquidity; gives the reports of the counterparties that it met."""
        return self.tell(self.markets[order.symbol].enter(order), now)

    def trade_by_hand(
        self, order: Order, other: Order, fill: tuple[Decimal, Decimal], now: int
    ) -> list[Report]:
        """Have an order trade quantity and price with a background order, whatever the book holds.

        Fees, market data and the ledger are those of any trade. An order that has ended trades too.
        """
        market = self.markets[order.symbol]
        order.fill(*fill)
        other.fill(*fill)
        if order.display is not None:
            order.refresh()
        if order.remaining <= 0:
            market.take_out(order)
        reports = self.tell([Fill(order, other, *fill)], now)
        return reports + self.tell(market.amended(), now)

    def withdraw_background(self, order: Order, now: int) -> list[Report]:
        market = self.markets[order.symbol]
        market.take_out(order)
        order.ended = Status.CANCELED
        return self.tell(market.amended(), now)

    def tell(self, events: Iterable[Event], now: int) -> list[Report]:
        """Let a market do what it has to, and give the reports of it."""
        reports: list[Report] = []
        for event in events:
            reports += self.narrator.tell(event, now)
            if isinstance(event, Fill):
                self._prints.add(event, now)
            elif isinstance(event, Halted):
                self.phase_changes.append((event.symbol, Phase.HALT, now))
                self._day.halted(event.symbol, now)
        return reports

    def _completed(self, request: _R) -> _R:
        """Say in the terms what the exchange takes TimeInForce(59)=5 to mean."""
        if request.time_in_force is TimeInForce.GTX and self._rules.gtx == "post_only":
            return changed(request, terms=changed(request.terms, post_only=True))
        return request

    def _violation(self, request: NewOrder, now: int) -> Violation | None:
        violation = check_symbol(request.symbol, self.instruments, self._behaviours)
        violation = violation or check_offered(request, self._rules)
        if violation is not None:
            return violation
        instrument, market = self.instruments[request.symbol], self.markets[request.symbol]
        return (
            check_phase(request, market.phase, self._day.has_close)
            or check_instrument(instrument, request.quantity, request.price, market.last_price)
            or check_terms(request, instrument, now)
            or (check_post_only(request, market.book) if market.phase is Phase.CONTINUOUS else None)
        )

    def _keeps_place(self, order: Order, request: ReplaceOrder) -> bool:
        """Tell whether a replace leaves the order where it is: it may only make it smaller."""
        return (
            self._rules.replace_priority == "keep_on_decrease"
            and request.price == order.price
            and request.quantity <= order.quantity
            and changed(request.terms, expire_at=None) == changed(order.terms, expire_at=None)
        )

    def _amend(self, order: Order, request: ReplaceOrder) -> None:
        order.quantity = max(request.quantity, order.cum)
        order.price = request.price
        order.order_type = request.order_type or order.order_type
        order.time_in_force = request.time_in_force or order.time_in_force
        order.amend(request.terms)
        if order.display is not None:
            order.refresh()
        self.expiry.add(order)

    def _refuse(self, owner: str, request: NewOrder, order_id: str, violation: Violation, now: int) -> Report:
        return Execution(
            owner=owner,
            kind=ExecutionKind.REJECTED,
            exec_id=self.ids.execution(),
            order_id=order_id,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=None,
            account=request.account,
            symbol=request.symbol,
            side=request.side,
            order_type=request.order_type,
            time_in_force=request.time_in_force,
            quantity=request.quantity,
            price=request.price,
            status=Status.REJECTED,
            leaves=_ZERO,
            cum=_ZERO,
            average_price=_ZERO,
            at=now,
            reject_reason=violation[0],
            text=violation[1],
            terms=request.terms,
        )

    def status_of(
        self, order: Order, now: int, asked: str | None = None, request_id: str | None = None
    ) -> Execution:
        """Give an order's status; `asked` is the ClOrdID(11) by which it was asked for."""
        orig = asked if asked not in (None, order.cl_ord_id) else None
        reason = OrderRejectReason.OTHER if order.ended is Status.REJECTED else None
        return execution_of(
            order,
            ExecutionKind.STATUS,
            NO_ORDER_ID,
            now,
            orig_cl_ord_id=orig,
            reject_reason=reason,
            request_id=request_id,
        )
