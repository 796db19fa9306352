"""Random but plausible events, and beside them a plain model of what they amount to.

The model is written against the protocol and shares nothing with the code under test: dictionaries and sums.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.v1 import events_pb2, types_pb2
from tests.support.event_journal import START_NS, EventJournal, timestamp

OPEN = {"PENDING_NEW", "NEW", "PARTIALLY_FILLED", "STOPPED", "SUSPENDED"}


@dataclass
class Trade:
    exec_id: str
    quantity: Decimal
    price: Decimal
    is_live: bool = True


@dataclass
class Request:
    request_id: int
    kind: str
    cl_ord_id: str
    quantity: Decimal
    price: Decimal
    state: str = "PENDING"


@dataclass
class Order:
    order_id: int
    client_order_id: str
    account: str
    strategy: str
    instrument: str
    side: int
    quantity: Decimal
    price: Decimal
    cl_ord_id: str
    execution: str = "PENDING_NEW"
    is_unknown: bool = False
    trades: list[Trade] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def cum_quantity(self) -> Decimal:
        return sum((trade.quantity for trade in self.trades if trade.is_live), Decimal(0))

    @property
    def leaves_quantity(self) -> Decimal:
        return max(Decimal(0), self.quantity - self.cum_quantity) if self.execution in OPEN else Decimal(0)

    @property
    def pending(self) -> list[Request]:
        return [request for request in self.requests[1:] if request.state == "PENDING"]

    @property
    def is_open(self) -> bool:
        """A filled order lives on while a replace that may open it again is under way."""
        if self.execution == "FILLED":
            return any(request.kind == "REPLACE" for request in self.pending)
        return self.execution in OPEN

    @property
    def status(self) -> str:
        if self.is_unknown and self.is_open:
            return "UNKNOWN"
        if self.is_open:
            kinds = {request.kind for request in self.pending}
            if "CANCEL" in kinds:
                return "PENDING_CANCEL"
            if "REPLACE" in kinds:
                return "PENDING_REPLACE"
        return self.execution


class OrderStream:
    """Writes events into a journal; `orders` and `denied_count` are what they amount to."""

    def __init__(self, seed: int, prefix: str = "J1") -> None:
        self.random = random.Random(seed)
        self.journal = EventJournal(prefix)
        self.orders: dict[int, Order] = {}
        self.denied_count = 0
        self.orphans_count = 0
        self._working: list[Order] = []
        self._next_order_id = 1
        self._next_request_id = 1
        self._next_exec_id = 1
        self._now_ns = START_NS

    def run(self, events_count: int) -> OrderStream:
        steps = [
            (self.submit, 4),
            (self.acknowledge, 5),
            (self.trade, 8),
            (self.request, 3),
            (self.answer, 3),
            (self.bust_or_correct, 1),
            (self.lose_answer, 1),
            (self.not_sent, 1),
            (self.end, 1),
            (self.deny, 1),
            (self.deny_request, 1),
            (self.orphan, 1),
            (self.session, 1),
            (self.control, 1),
        ]
        calls, weights = zip(*steps, strict=True)
        while self.journal.count < events_count:
            if self.random.random() < 0.4:
                self.journal.skip(self.random.randint(1, 3))
            self.random.choices(calls, weights)[0]()
        return self

    def add(self, **body: object) -> None:
        self._now_ns += self.random.randint(1, 2_000_000_000)
        self.journal.add(events_pb2.Event(time=timestamp(self._now_ns), **body))  # type: ignore[arg-type]

    def number(self, low: int, high: int, places: int = 8) -> Decimal:
        return Decimal(self.random.randint(low * 10**places, high * 10**places)).scaleb(-places)

    def next_request(self, kind: str, quantity: Decimal, price: Decimal) -> Request:
        number = self._next_request_id
        self._next_request_id += 1
        return Request(number, kind, f"J1-{number}", quantity, price)

    def submit(self) -> None:
        pick = self.random.choice
        quantity, price = self.number(1, 1000), self.number(1, 500)
        request = self.next_request("NEW", quantity, price)
        order = Order(
            self._next_order_id,
            f"c{self._next_order_id}",
            pick(["A1", "A2"]),
            pick(["mean", "trend"]),
            pick(["ACME", "BETA", "GAMA"]),
            pick([types_pb2.SIDE_BUY, types_pb2.SIDE_SELL, types_pb2.SIDE_SELL_SHORT]),
            quantity,
            price,
            request.cl_ord_id,
            requests=[request],
        )
        self._next_order_id += 1
        self.orders[order.order_id] = order
        self._working.append(order)
        self.add(
            order_accepted=events_pb2.OrderAccepted(
                order_id=order.order_id,
                client_order_id=order.client_order_id,
                cl_ord_id=order.cl_ord_id,
                client="alpha",
                account=order.account,
                strategy=order.strategy,
                instrument=order.instrument,
                venue="SIM",
                side=order.side,
                order_type=types_pb2.ORDER_TYPE_LIMIT,
                time_in_force=types_pb2.TIME_IN_FORCE_DAY,
                quantity=str(quantity),
                price=str(price),
                request_id=request.request_id,
                content_hash=self.random.getrandbits(64),
            )
        )

    def some(self, *executions: str) -> Order | None:
        # The newest few, so that orders grow old and most events speak of those that are at work.
        found = [order for order in self._working[-12:] if order.execution in executions]
        return self.random.choice(found) if found else None

    def report(
        self,
        order: Order,
        exec_type: str,
        *,
        request: Request | None = None,
        trade: Trade | None = None,
        exec_ref_id: str = "",
        text: str = "",
    ) -> None:
        order.is_unknown = False
        if order.execution not in OPEN:
            for waiting in order.pending:
                reopens = waiting.kind == "REPLACE" and waiting.quantity > order.cum_quantity
                if order.execution != "FILLED" or not reopens:
                    waiting.state = "MOOT"
        exec_id = trade.exec_id if trade else self.next_exec_id()
        self.add(
            execution_reported=events_pb2.ExecutionReported(
                order_id=order.order_id,
                cl_ord_id=order.cl_ord_id,
                exec_id=exec_id,
                exec_ref_id=exec_ref_id,
                exec_type=types_pb2.ExecType.Value(f"EXEC_TYPE_{exec_type}"),
                venue_order_id=f"V{order.order_id}",
                last_quantity=str(trade.quantity) if trade else "",
                last_price=str(trade.price) if trade else "",
                status=types_pb2.OrderStatus.Value(f"ORDER_STATUS_{order.status}"),
                execution_state=types_pb2.OrderStatus.Value(f"ORDER_STATUS_{order.execution}"),
                quantity=str(order.quantity),
                price=str(order.price),
                cum_quantity=str(order.cum_quantity),
                leaves_quantity=str(order.leaves_quantity),
                request_id=request.request_id if request else 0,
                client_order_id=order.client_order_id,
                account=order.account,
                strategy=order.strategy,
                instrument=order.instrument,
                side=order.side,
                transact_time=timestamp(self._now_ns - 5),
                text=text,
            )
        )

    def next_exec_id(self) -> str:
        self._next_exec_id += 1
        return f"E{self._next_exec_id}"

    def settle_new(self, order: Order, state: str = "ACCEPTED") -> Request:
        if order.requests[0].state in ("PENDING", "NOT_SENT"):
            order.requests[0].state = state
        return order.requests[0]

    def acknowledge(self) -> None:
        order = self.some("PENDING_NEW")
        if order is None:
            return
        if self.random.random() < 0.1:
            order.execution = "REJECTED"
            self.report(order, "REJECTED", request=self.settle_new(order, "REJECTED"), text="no\0thanks")
        else:
            order.execution = "NEW"
            self.report(order, "NEW", request=self.settle_new(order))

    def trade(self) -> None:
        order = self.some("PENDING_NEW", "NEW", "PARTIALLY_FILLED", "CANCELED")
        if order is None or order.quantity <= order.cum_quantity:
            return
        left = order.quantity - order.cum_quantity
        whole = self.random.random() < 0.3
        quantity = left if whole else min(left, self.number(1, 300))
        trade = Trade(self.next_exec_id(), quantity, self.number(1, 500))
        order.trades.append(trade)
        if order.execution != "CANCELED":
            order.execution = "FILLED" if order.cum_quantity >= order.quantity else "PARTIALLY_FILLED"
        self.report(order, "TRADE", request=self.settle_new(order), trade=trade)

    def request(self) -> None:
        order = self.some("NEW", "PARTIALLY_FILLED")
        if order is None or len(order.pending) >= 3:
            return
        if self.random.random() < 0.5:
            request = self.next_request(
                "REPLACE", order.cum_quantity + self.number(1, 500), self.number(1, 500)
            )
            order.requests.append(request)
            self.add(
                replace_requested=events_pb2.ReplaceRequested(
                    order_id=order.order_id,
                    client_request_id=f"r{request.request_id}",
                    cl_ord_id=request.cl_ord_id,
                    orig_cl_ord_id=order.cl_ord_id,
                    quantity=str(request.quantity),
                    price=str(request.price),
                    request_id=request.request_id,
                )
            )
            return
        request = self.next_request("CANCEL", order.quantity, order.price)
        order.requests.append(request)
        self.add(
            cancel_requested=events_pb2.CancelRequested(
                order_id=order.order_id,
                client_request_id=f"r{request.request_id}",
                cl_ord_id=request.cl_ord_id,
                orig_cl_ord_id=order.cl_ord_id,
                request_id=request.request_id,
            )
        )

    def answer(self) -> None:
        waiting = [order for order in self._working[-12:] if order.pending and order.is_open]
        if not waiting:
            return
        order = self.random.choice(waiting)
        request = self.random.choice(order.pending)
        chance = self.random.random()
        if chance < 0.3:
            self.reject_request(order, request)
        elif chance < 0.4:
            self.report(order, f"PENDING_{request.kind}", request=request)
        elif request.kind == "REPLACE":
            request.state = "ACCEPTED"
            order.quantity = max(request.quantity, order.cum_quantity)
            order.price, order.cl_ord_id = request.price, request.cl_ord_id
            if order.cum_quantity >= order.quantity:
                order.execution = "FILLED"
            elif order.execution == "FILLED":
                order.execution = "PARTIALLY_FILLED"
            self.report(order, "REPLACED", request=request)
        else:
            request.state = "ACCEPTED"
            order.execution = "CANCELED"
            self.report(order, "CANCELED", request=request)

    def reject_request(self, order: Order, request: Request) -> None:
        request.state = "REJECTED"
        order.is_unknown = False
        self.add(
            request_rejected=events_pb2.RequestRejected(
                order_id=order.order_id,
                cl_ord_id=request.cl_ord_id,
                client_request_id=f"r{request.request_id}",
                replace=request.kind == "REPLACE",
                reject_reason=1,
                text="too late",
                status=types_pb2.OrderStatus.Value(f"ORDER_STATUS_{order.status}"),
                request_id=request.request_id,
            )
        )

    def bust_or_correct(self) -> None:
        traded = [order for order in self._working if any(trade.is_live for trade in order.trades)]
        if not traded:
            return
        order = self.random.choice(traded)
        old = self.random.choice([trade for trade in order.trades if trade.is_live])
        old.is_live = False
        if self.random.random() < 0.5:
            new = Trade(self.next_exec_id(), self.number(1, 300), self.number(1, 500))
            # ExecRefID(19) goes on naming the first of a chain of corrections.
            new_ref = getattr(old, "origin", old.exec_id)
            new.origin = new_ref  # type: ignore[attr-defined]
            order.trades.append(new)
            self.reopen(order)
            self.report(order, "TRADE_CORRECT", trade=new, exec_ref_id=new_ref)
        else:
            self.reopen(order)
            self.report(order, "TRADE_CANCEL", exec_ref_id=getattr(old, "origin", old.exec_id))

    def reopen(self, order: Order) -> None:
        if order.execution in ("FILLED", "PARTIALLY_FILLED", "NEW"):
            done = order.cum_quantity
            order.execution = "FILLED" if done >= order.quantity else "PARTIALLY_FILLED" if done else "NEW"

    def lose_answer(self) -> None:
        order = self.some("PENDING_NEW", "NEW", "PARTIALLY_FILLED", "FILLED")
        if order is None:
            return
        order.is_unknown = True
        self.add(order_uncertain=events_pb2.OrderUncertain(order_id=order.order_id, reason="session ended"))

    def not_sent(self) -> None:
        order = self.some("PENDING_NEW", "NEW", "PARTIALLY_FILLED")
        if order is None:
            return
        candidates = [r for r in order.requests if r.state == "PENDING"]
        if not candidates:
            return
        request = self.random.choice(candidates)
        request.state = "NOT_SENT"
        order.is_unknown = False
        if request.kind == "NEW" and order.execution == "PENDING_NEW":
            order.execution = "NOT_SENT"
            for waiting in order.pending:
                waiting.state = "MOOT"
        self.add(
            order_not_sent=events_pb2.OrderNotSent(
                order_id=order.order_id, cl_ord_id=request.cl_ord_id, request_id=request.request_id
            )
        )

    def end(self) -> None:
        order = self.some("NEW", "PARTIALLY_FILLED")
        if order is None:
            return
        order.execution = self.random.choice(["CANCELED", "EXPIRED", "DONE_FOR_DAY", "SUSPENDED"])
        self.report(order, order.execution)

    def deny(self) -> None:
        request = self.next_request("NEW", Decimal(0), Decimal(0))
        order_id = self._next_order_id
        self._next_order_id += 1
        self.denied_count += 1
        self.add(
            order_denied=events_pb2.OrderDenied(
                order_id=order_id,
                client_order_id=f"c{order_id}",
                client="alpha",
                account="A1",
                strategy="mean",
                instrument="N\0NE" * 100,
                side=types_pb2.SIDE_BUY,
                order_type=types_pb2.ORDER_TYPE_LIMIT,
                request_id=request.request_id,
                denial=types_pb2.Denial(
                    code=types_pb2.DENIAL_CODE_UNKNOWN_INSTRUMENT, limit_name="instrument", observed="NONE"
                ),
            )
        )

    def deny_request(self) -> None:
        order = self.random.choice([None, *self._working[-3:]])
        request = self.next_request("CANCEL", Decimal(0), Decimal(0))
        self.denied_count += 1
        self.add(
            request_denied=events_pb2.RequestDenied(
                order_id=order.order_id if order else 0,
                client_request_id=f"r{request.request_id}",
                request_id=request.request_id,
                client="alpha",
                denial=types_pb2.Denial(code=types_pb2.DENIAL_CODE_UNKNOWN_ORDER),
            )
        )

    def orphan(self) -> None:
        self.orphans_count += 1
        self.add(
            execution_orphaned=events_pb2.ExecutionOrphaned(
                session="SIM-1",
                exec_id=self.next_exec_id(),
                exec_type=types_pb2.EXEC_TYPE_TRADE,
                instrument="ACME",
                side=types_pb2.SIDE_BUY,
                last_quantity="5",
                last_price="10.25",
            )
        )

    def session(self) -> None:
        if self.random.random() < 0.5:
            state = self.random.choice([1, 2, 3, 4, 5])
            self.add(
                session_changed=events_pb2.SessionChanged(
                    session="SIM-1", state=state, reason=f"state {state}"
                )
            )
            return
        self.add(
            sequence_changed=events_pb2.SequenceChanged(
                session=self.random.choice(["SIM-1", "SIM-2"]),
                next_in=self.random.randint(1, 900),
                next_out=self.random.randint(1, 900),
                reason="gap",
                reset=self.random.random() < 0.5,
            )
        )

    def control(self) -> None:
        chance = self.random.random()
        if chance < 0.3:
            self.add(
                trading_state_changed=events_pb2.TradingStateChanged(
                    level="firm", state=self.random.choice([1, 2]), reason="drill", changed_by="ops"
                )
            )
        elif chance < 0.7:
            self.add(
                reference_price_set=events_pb2.ReferencePriceSet(
                    instrument=self.random.choice(["ACME", "BETA"]), price=str(self.number(1, 500))
                )
            )
        elif chance < 0.9:
            self.add(name_registered=events_pb2.NameRegistered(kind=1, number=1, name="alpha"))
        else:
            self.add(gateway_started=events_pb2.GatewayStarted(version="0.1.1", cl_ord_id_prefix="J1"))
