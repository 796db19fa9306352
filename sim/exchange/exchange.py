"""The exchange: it judges requests, runs the books, keeps the ledger and says what happened.

Every entry point gives the reports that follow, in the order in which they are to be sent, for every
counterparty concerned: an order of one may fill the orders of others. Nothing here knows a session or a FIX
version.
"""

from decimal import Decimal

from sim.book import Book, Fill, Order, OrderType, Status, TimeInForce
from sim.config.settings import Instrument, Settings
from sim.exchange.ids import Ids
from sim.exchange.reports import (
    NO_ORDER_ID,
    CancelReject,
    CancelRejectReason,
    Execution,
    ExecutionKind,
    OrderRejectReason,
    Report,
    execution_of,
)
from sim.exchange.requests import CancelOrder, NewOrder, ReplaceOrder, Request, StatusRequest
from sim.exchange.rules import Violation, check_instrument, check_symbol
from sim.ledger import Ledger

__all__ = ["Exchange"]

_ZERO = Decimal(0)


class Exchange:
    """All books, all orders. Time and the ids' prefix are arguments."""

    def __init__(self, settings: Settings, id_prefix: str) -> None:
        self.ledger = Ledger()
        self.ids = Ids(id_prefix)
        self.instruments: dict[str, Instrument] = dict(settings.symbols)
        self.books: dict[str, Book] = {symbol: Book() for symbol in settings.symbols}
        self.last_price: dict[str, Decimal] = {s: i.price for s, i in settings.symbols.items()}
        self._rules = settings.exchange
        self._behaviours = settings.behaviours
        # Every ClOrdID(11) of every accepted or rejected order and accepted replace, by counterparty.
        self._orders: dict[str, dict[str, Order]] = {}
        # The ClOrdIDs of requests that had no order, or were refused: they may not be used again either.
        self._used: dict[str, set[str]] = {}

    def handle(self, owner: str, request: Request, now: int, order_id: str | None = None) -> list[Report]:
        """Process one request. `order_id` is given where a new order was promised its OrderID(37) before."""
        if isinstance(request, NewOrder):
            return self.new_order(owner, request, now, order_id)
        if isinstance(request, CancelOrder):
            return self.cancel(owner, request, now)
        if isinstance(request, ReplaceOrder):
            return self.replace(owner, request, now)
        return [self.status(owner, request, now)]

    def find(self, owner: str, cl_ord_id: str) -> Order | None:
        return self._orders.get(owner, {}).get(cl_ord_id)

    def new_order(self, owner: str, request: NewOrder, now: int, order_id: str | None = None) -> list[Report]:
        self.ledger.arrived(owner, request.cl_ord_id)
        known = self.find(owner, request.cl_ord_id)
        if known is not None and request.possible_resend:
            return [self._status_of(known, now, request.cl_ord_id, None)]
        if known is not None or request.cl_ord_id in self._used.get(owner, ()):
            text = f"ClOrdID(11) {request.cl_ord_id} was used before"
            return [self._refuse(owner, request, NO_ORDER_ID, (OrderRejectReason.DUPLICATE_ORDER, text), now)]
        order_id = order_id or self.ids.order()
        violation = self._violation(request)
        order = Order(
            order_id=order_id,
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
        )
        self._orders.setdefault(owner, {})[request.cl_ord_id] = order
        self.ledger.entered(order)
        if violation is not None:
            order.ended = Status.REJECTED
            return [self._refuse(owner, request, order_id, violation, now)]
        reports: list[Report] = [execution_of(order, ExecutionKind.NEW, self.ids.execution(), now)]
        return reports + self._work(order, now)

    def cancel(self, owner: str, request: CancelOrder, now: int) -> list[Report]:
        order = self.find(owner, request.orig_cl_ord_id)
        refused = self._refuse_change(owner, request, order, now)
        if refused is not None:
            return [refused]
        assert order is not None
        orig = order.cl_ord_id
        self._claim(order, request.cl_ord_id)
        self._end(order, Status.CANCELED)
        return [
            execution_of(order, ExecutionKind.CANCELED, self.ids.execution(), now, orig_cl_ord_id=orig),
        ]

    def replace(self, owner: str, request: ReplaceOrder, now: int) -> list[Report]:
        order = self.find(owner, request.orig_cl_ord_id)
        refused = self._refuse_change(owner, request, order, now) or self._refuse_terms(request, order, now)
        if refused is not None:
            return [refused]
        assert order is not None
        book = self.books[order.symbol]
        keeps_priority = request.price == order.price and request.quantity <= order.quantity
        if not keeps_priority:
            book.remove(order)
        orig = order.cl_ord_id
        order.quantity = max(request.quantity, order.cum)
        order.price = request.price
        order.order_type = request.order_type or order.order_type
        order.time_in_force = request.time_in_force or order.time_in_force
        self._claim(order, request.cl_ord_id)
        if not order.is_open:
            book.remove(order)
        reports: list[Report] = [
            execution_of(order, ExecutionKind.REPLACED, self.ids.execution(), now, orig_cl_ord_id=orig)
        ]
        if order.is_open and order not in book:
            reports += self._work(order, now)
        return reports

    def status(self, owner: str, request: StatusRequest, now: int) -> Report:
        order = self.find(owner, request.cl_ord_id)
        if order is not None:
            return self._status_of(order, now, request.cl_ord_id, request.request_id)
        return Execution(
            owner=owner,
            kind=ExecutionKind.STATUS,
            exec_id=NO_ORDER_ID,
            order_id=NO_ORDER_ID,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=None,
            account="",
            symbol=request.symbol,
            side=request.side,
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
            text=f"unknown order {request.cl_ord_id}",
            request_id=request.request_id,
        )

    def trade_background(self, order: Order, now: int) -> list[Report]:
        """Enter an order of the built-in liquidity; gives the reports of the counterparties that it met."""
        return self._work(order, now)

    def withdraw_background(self, order: Order) -> None:
        self.books[order.symbol].remove(order)
        order.ended = Status.CANCELED

    def _work(self, order: Order, now: int) -> list[Report]:
        """Match, then rest or cancel what remains."""
        book = self.books[order.symbol]
        reports: list[Report] = []
        if order.time_in_force is TimeInForce.FOK and not book.can_fill(order):
            return self._cancel_rest(order, "fill or kill, and not fillable in full", now)
        for fill in book.match(order):
            reports += self._trade(fill, now)
            self.last_price[order.symbol] = fill.price
        if not order.is_open:
            return reports
        if order.order_type is OrderType.MARKET:
            return reports + self._cancel_rest(order, "no more to trade with at any price", now)
        if order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
            return reports + self._cancel_rest(order, "immediate or cancel", now)
        book.rest(order)
        return reports

    def _trade(self, fill: Fill, now: int) -> list[Report]:
        maker, taker = fill.maker, fill.taker
        last = (fill.quantity, fill.price)
        reports: list[Report] = []
        exec_ids: list[str | None] = []
        for order in (maker, taker):
            if order.background:
                exec_ids.append(None)
                continue
            exec_id = self.ids.execution()
            exec_ids.append(exec_id)
            reports.append(execution_of(order, ExecutionKind.TRADE, exec_id, now, last=last))
        trade_id = "" if maker.background and taker.background else self.ids.trade()
        self.ledger.traded(trade_id, fill, exec_ids[0], exec_ids[1], now)
        return reports

    def _cancel_rest(self, order: Order, text: str, now: int) -> list[Report]:
        order.ended = Status.CANCELED
        if order.background:
            return []
        return [execution_of(order, ExecutionKind.CANCELED, self.ids.execution(), now, text=text)]

    def _end(self, order: Order, status: Status) -> None:
        self.books[order.symbol].remove(order)
        order.ended = status

    def _violation(self, request: NewOrder) -> Violation | None:
        violation = check_symbol(request.symbol, self.instruments, self._behaviours)
        if violation is not None:
            return violation
        if request.order_type is None or request.time_in_force is None:
            text = "OrdType(40) must be 1 or 2, TimeInForce(59) 0, 1, 3 or 4"
            return OrderRejectReason.UNSUPPORTED_CHARACTERISTIC, text
        instrument = self.instruments[request.symbol]
        return check_instrument(instrument, request.quantity, request.price, self.last_price[request.symbol])

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
        )

    def _refuse_change(
        self, owner: str, request: CancelOrder | ReplaceOrder, order: Order | None, now: int
    ) -> CancelReject | None:
        """Judge what a cancel and a replace have in common."""
        if self.find(owner, request.cl_ord_id) is not None or request.cl_ord_id in self._used.get(owner, ()):
            text = f"ClOrdID(11) {request.cl_ord_id} was used before"
            return self.cancel_reject(
                owner, request, order, CancelRejectReason.DUPLICATE_CL_ORD_ID, text, now
            )
        self._used.setdefault(owner, set()).add(request.cl_ord_id)
        if order is None or order.ended is Status.REJECTED:
            text = f"unknown order {request.orig_cl_ord_id}"
            return self.cancel_reject(owner, request, order, CancelRejectReason.UNKNOWN_ORDER, text, now)
        if order.cl_ord_id != request.orig_cl_ord_id:
            text = f"{request.orig_cl_ord_id} was replaced; the order's ClOrdID(11) is {order.cl_ord_id}"
            return self.cancel_reject(owner, request, order, CancelRejectReason.UNKNOWN_ORDER, text, now)
        if (request.symbol, request.side) != (order.symbol, order.side):
            text = f"Symbol(55) and Side(54) must be those of the order: {order.symbol}, {order.side.value}"
            return self.cancel_reject(owner, request, order, CancelRejectReason.BROKER_OPTION, text, now)
        if not order.is_open:
            text = f"too late, the order is {order.status.name.lower()}"
            return self.cancel_reject(owner, request, order, CancelRejectReason.TOO_LATE, text, now)
        return None

    def _refuse_terms(self, request: ReplaceOrder, order: Order | None, now: int) -> CancelReject | None:
        """Judge the new terms of a replace."""
        assert order is not None
        offered = request.order_type is OrderType.LIMIT
        if not offered or request.time_in_force not in (TimeInForce.DAY, TimeInForce.GTC):
            text = "a resting order stays a limit order (OrdType(40)=2) with TimeInForce(59) 0 or 1"
            return self.cancel_reject(
                order.owner, request, order, CancelRejectReason.BROKER_OPTION, text, now
            )
        reference = self.last_price[order.symbol]
        violation = check_instrument(
            self.instruments[order.symbol], request.quantity, request.price, reference
        )
        if violation is not None:
            return self.cancel_reject(
                order.owner, request, order, CancelRejectReason.BROKER_OPTION, violation[1], now
            )
        if request.quantity < order.cum and self._rules.replace_below_filled == "reject":
            text = f"too late, {order.cum} is filled and OrderQty(38) would be {request.quantity}"
            return self.cancel_reject(order.owner, request, order, CancelRejectReason.TOO_LATE, text, now)
        return None

    def cancel_reject(
        self,
        owner: str,
        request: CancelOrder | ReplaceOrder,
        order: Order | None,
        reason: CancelRejectReason,
        text: str,
        now: int,
    ) -> CancelReject:
        unknown = order is None or reason is CancelRejectReason.UNKNOWN_ORDER
        return CancelReject(
            owner=owner,
            order_id=NO_ORDER_ID if order is None or unknown else order.order_id,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            account="" if order is None else order.account,
            status=Status.REJECTED if order is None or unknown else order.status,
            to_replace=isinstance(request, ReplaceOrder),
            reason=reason,
            text=text,
            at=now,
        )

    def _claim(self, order: Order, cl_ord_id: str) -> None:
        """Make an accepted request's ClOrdID(11) the order's current one."""
        order.cl_ord_ids.append(cl_ord_id)
        self._orders[order.owner][cl_ord_id] = order

    def _status_of(self, order: Order, now: int, asked: str, request_id: str | None) -> Report:
        orig = asked if asked != order.cl_ord_id else None
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
