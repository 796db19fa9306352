"""The books of the QuickFIX venue: orders, executions and positions; no FIX in it.

There is no matching. A seeded draw decides what becomes of an order: refused, filled, filled in part, or left
to rest, and later of those that rest. Quantities and prices are Decimal; trades are at the order's price.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from itertools import count
from random import Random
from typing import Any

__all__ = ["Book", "Kind", "Order", "Refusal", "Report", "Request"]

REJECT_PROBABILITY = 0.02
FILL_PROBABILITY = 0.2
PART_FILL_PROBABILITY = 0.3
RESTING_FILL_PROBABILITY = 0.02
"""In one round of `trade_resting`, for each order."""

MARKET_PRICE = Decimal(100)
"""Of a market order, since there is no market."""


class Kind(Enum):
    """What a report tells."""

    NEW = "new"
    TRADE = "trade"
    CANCELED = "canceled"
    REPLACED = "replaced"
    REJECTED = "rejected"
    STATUS = "status"


@dataclass(frozen=True)
class Request:
    """A new order, replace or cancel, or a question about an order."""

    comp_id: str
    cl_ord_id: str
    symbol: str
    side: str
    orig_cl_ord_id: str = ""
    account: str = ""
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None
    order_type: str = ""
    time_in_force: str = "0"


@dataclass
class Order:
    """One order through all its replaces."""

    order_id: str
    comp_id: str
    account: str
    symbol: str
    side: str
    order_type: str
    time_in_force: str
    quantity: Decimal
    price: Decimal | None
    cl_ord_ids: list[str]
    cum: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    ended_as: str = ""
    """CANCELED or REJECTED; a filled order ends by being filled."""

    @property
    def status(self) -> str:
        if self.ended_as:
            return self.ended_as
        if self.cum >= self.quantity:
            return "FILLED"
        return "PARTIALLY_FILLED" if self.cum else "NEW"

    @property
    def is_open(self) -> bool:
        return self.status in ("NEW", "PARTIALLY_FILLED")

    @property
    def leaves(self) -> Decimal:
        return self.quantity - self.cum if self.is_open else Decimal(0)

    @property
    def average_price(self) -> Decimal:
        return self.value / self.cum if self.cum else Decimal(0)


@dataclass(frozen=True)
class Report:
    """One ExecutionReport(8), with the order as it was then."""

    kind: Kind
    exec_id: str
    order: Order
    status: str
    cum: Decimal
    leaves: Decimal
    average_price: Decimal
    cl_ord_id: str
    orig_cl_ord_id: str = ""
    last_quantity: Decimal | None = None
    last_price: Decimal | None = None
    text: str = ""


@dataclass(frozen=True)
class Refusal:
    """One OrderCancelReject(9)."""

    request: Request
    order_id: str
    status: str
    is_replace: bool
    reason: int
    text: str


@dataclass
class _Position:
    bought: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)


@dataclass
class Book:
    """All orders. Numbers start with a prefix of this run, so that a later run never repeats one."""

    random: Random
    prefix: str
    orders: list[Order] = field(default_factory=list)
    trades: list[dict[str, Any]] = field(default_factory=list)
    arrivals: dict[str, Counter[str]] = field(default_factory=dict)
    _by_cl_ord_id: dict[tuple[str, str], Order] = field(default_factory=dict)
    _positions: dict[tuple[str, str, str], _Position] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def enter(self, request: Request) -> list[Report]:
        """Take a new order, and draw what becomes of it."""
        self.arrivals.setdefault(request.comp_id, Counter())[request.cl_ord_id] += 1
        order = Order(
            order_id=f"{self.prefix}-O{next(self._numbers)}",
            comp_id=request.comp_id,
            account=request.account,
            symbol=request.symbol,
            side=request.side,
            order_type=request.order_type,
            time_in_force=request.time_in_force,
            quantity=request.quantity,
            price=request.price,
            cl_ord_ids=[request.cl_ord_id],
        )
        key = (request.comp_id, request.cl_ord_id)
        if key in self._by_cl_ord_id:
            return [self._rejected(order, "a ClOrdID(11) that was used before")]
        self._by_cl_ord_id[key] = order
        if self.random.random() < REJECT_PROBABILITY:
            return [self._rejected(order, "not today")]
        self.orders.append(order)
        reports = [self._report(Kind.NEW, order)]
        chance = self.random.random()
        if chance < FILL_PROBABILITY:
            reports.append(self._trade(order, order.quantity))
        elif chance < FILL_PROBABILITY + PART_FILL_PROBABILITY:
            reports.append(self._trade(order, self._part_of(order)))
        if order.time_in_force in ("3", "4") and order.is_open:  # IOC, FOK: nothing rests
            order.ended_as = "CANCELED"
            reports.append(self._report(Kind.CANCELED, order))
        return reports

    def replace(self, request: Request) -> Report | Refusal:
        """Change quantity and price."""
        order = self._by_cl_ord_id.get((request.comp_id, request.orig_cl_ord_id))
        if order is None or not order.is_open or request.quantity <= order.cum:
            return _refuse(request, order, is_replace=True)
        order.quantity, order.price = request.quantity, request.price
        self._rename(order, request)
        return self._report(Kind.REPLACED, order, request.orig_cl_ord_id)

    def cancel(self, request: Request) -> Report | Refusal:
        """End an order."""
        order = self._by_cl_ord_id.get((request.comp_id, request.orig_cl_ord_id))
        if order is None or not order.is_open:
            return _refuse(request, order, is_replace=False)
        order.ended_as = "CANCELED"
        self._rename(order, request)
        return self._report(Kind.CANCELED, order, request.orig_cl_ord_id)

    def status(self, request: Request) -> Report:
        """Answer a question; an order that is not known is told of as rejected."""
        order = self._by_cl_ord_id.get((request.comp_id, request.cl_ord_id))
        if order is None:
            unknown = Order(
                "NONE",
                request.comp_id,
                "",
                request.symbol,
                request.side,
                "",
                "0",
                Decimal(0),
                None,
                [request.cl_ord_id],
                ended_as="REJECTED",
            )
            return self._report(Kind.STATUS, unknown, exec_id="0", text="no such order")
        return self._report(Kind.STATUS, order, exec_id="0")

    def trade_resting(self) -> list[Report]:
        """Let some of the resting orders trade."""
        reports = []
        for order in self.orders:
            if order.is_open and self.random.random() < RESTING_FILL_PROBABILITY:
                whole = self.random.random() < 0.5
                reports.append(self._trade(order, order.leaves if whole else self._part_of(order)))
        return reports

    def ledger(self, comp_id: str | None) -> dict[str, Any]:
        """Give the books as the simulator does; docs/simulator.md."""
        return {
            "orders": [_order_json(order) for order in self.orders if comp_id in (None, order.comp_id)],
            "trades": [
                trade for trade in self.trades if comp_id in (None, *(trade[s]["comp_id"] for s in SIDES))
            ],
            "positions": [
                {
                    "comp_id": owner,
                    "account": account,
                    "symbol": symbol,
                    "bought": _text(position.bought),
                    "sold": _text(position.sold),
                    "net": _text(position.bought - position.sold),
                }
                for (owner, account, symbol), position in self._positions.items()
                if comp_id in (None, owner)
            ],
            "new_order_arrivals": {
                owner: dict(counts) for owner, counts in self.arrivals.items() if comp_id in (None, owner)
            },
            "imbalances": {},  # the other side of every trade is this venue itself, which keeps no books on it
        }

    def _trade(self, order: Order, quantity: Decimal) -> Report:
        price = order.price if order.price is not None else MARKET_PRICE
        order.cum += quantity
        order.value += quantity * price
        position = self._positions.setdefault((order.comp_id, order.account, order.symbol), _Position())
        if order.side == "1":
            position.bought += quantity
        else:
            position.sold += quantity
        report = self._report(Kind.TRADE, order, last_quantity=quantity, last_price=price)
        leg = {
            "comp_id": order.comp_id,
            "account": order.account,
            "order_id": order.order_id,
            "cl_ord_id": order.cl_ord_ids[-1],
            "exec_id": report.exec_id,
        }
        own, other = SIDES if order.side == "1" else reversed(SIDES)
        house = {"comp_id": "~house", "account": "", "order_id": "", "cl_ord_id": "", "exec_id": None}
        trade = {"trade_id": report.exec_id, "symbol": order.symbol, own: leg, other: house}
        self.trades.append(trade | {"quantity": _text(quantity), "price": _text(price)})
        return report

    def _part_of(self, order: Order) -> Decimal:
        """A part of what is open, in steps as small as the last place of its quantity; all of one step."""
        leaves = order.leaves
        step = Decimal(1).scaleb(min(int(order.quantity.normalize().as_tuple().exponent), 0))
        part = (leaves * self.random.randint(1, 3) / 4).quantize(step)
        return min(max(part, step), leaves)

    def _rename(self, order: Order, request: Request) -> None:
        order.cl_ord_ids.append(request.cl_ord_id)
        self._by_cl_ord_id[request.comp_id, request.cl_ord_id] = order

    def _rejected(self, order: Order, text: str) -> Report:
        order.ended_as = "REJECTED"
        return self._report(Kind.REJECTED, order, text=text)

    def _report(
        self,
        kind: Kind,
        order: Order,
        orig_cl_ord_id: str = "",
        *,
        exec_id: str = "",
        last_quantity: Decimal | None = None,
        last_price: Decimal | None = None,
        text: str = "",
    ) -> Report:
        return Report(
            kind=kind,
            exec_id=exec_id or f"{self.prefix}-E{next(self._numbers)}",
            order=order,
            status=order.status,
            cum=order.cum,
            leaves=order.leaves,
            average_price=order.average_price,
            cl_ord_id=order.cl_ord_ids[-1],
            orig_cl_ord_id=orig_cl_ord_id,
            last_quantity=last_quantity,
            last_price=last_price,
            text=text,
        )


SIDES = ("buy", "sell")


def _refuse(request: Request, order: Order | None, *, is_replace: bool) -> Refusal:
    if order is None:
        return Refusal(request, "NONE", "REJECTED", is_replace, 1, "no such order")
    return Refusal(request, order.order_id, order.status, is_replace, 0, f"too late: {order.status}")


def _order_json(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "comp_id": order.comp_id,
        "account": order.account,
        "symbol": order.symbol,
        "side": order.side,
        "order_type": order.order_type,
        "time_in_force": order.time_in_force,
        "quantity": _text(order.quantity),
        "price": None if order.price is None else _text(order.price),
        "cl_ord_ids": list(order.cl_ord_ids),
        "status": order.status,
        "open": order.is_open,
        "cum_quantity": _text(order.cum),
        "leaves_quantity": _text(order.leaves),
        "average_price": _text(order.average_price),
    }


def _text(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
