"""The exchange's own books: orders, trades and positions.

It is the oracle that a test compares a client with.

Kept apart from the reports on purpose: the ledger is written where an order or a trade happens, so that
"ledger = sum of the reports" is a statement that a test can find to be false. Orders and trades of the
built-in liquidity are only summed, or an hour of background trading would fill the memory.
"""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sim.book import Fill, Order
from sim.book.order import EXACT, ZERO
from sim.wire import format_utc

__all__ = ["Change", "Ledger", "Leg", "Position", "Trade"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a trade. The built-in liquidity gets no report, and so has no ExecID(17)."""

    owner: str
    account: str
    order_id: str
    cl_ord_id: str
    exec_id: str | None
    fee: Decimal = ZERO
    is_maker: bool = False


@dataclass(frozen=True, slots=True)
class Trade:
    trade_id: str
    symbol: str
    quantity: Decimal
    price: Decimal
    buy: Leg
    sell: Leg
    at: int


class Change(StrEnum):
    """What became of a trade, as TradeReportTransType(487) says it."""

    NEW = "0"
    CANCEL = "1"
    REPLACE = "2"


@dataclass(slots=True)
class Position:
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    bought_value: Decimal = ZERO
    sold_value: Decimal = ZERO
    trades: int = 0
    fees: Decimal = ZERO

    def add(self, is_buy: bool, quantity: Decimal, price: Decimal) -> None:
        self.trades += 1
        if is_buy:
            self.bought += quantity
            self.bought_value = EXACT.fma(quantity, price, self.bought_value)
        else:
            self.sold += quantity
            self.sold_value = EXACT.fma(quantity, price, self.sold_value)


class Ledger:
    """Append-only, save for positions and the orders' own state."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.trades: list[Trade] = []
        self.busts: list[Trade] = []
        self.positions: dict[tuple[str, str, str], Position] = {}
        self.new_order_arrivals: dict[str, Counter[str]] = {}
        self.splits: list[tuple[str, Decimal]] = []
        self.disowned_trades: list[dict[str, str]] = []
        self.followed = False
        """Whether somebody follows trades; then each is in `news` until it is taken."""
        self._news: list[tuple[Change, Trade]] = []

    def arrived(self, owner: str, cl_ord_id: str) -> None:
        """Count a NewOrderSingle(D) that reached the exchange, whatever became of it."""
        self.new_order_arrivals.setdefault(owner, Counter())[cl_ord_id] += 1

    def entered(self, order: Order) -> None:
        self.orders[order.order_id] = order

    def traded(
        self,
        trade_id: str,
        fill: Fill,
        maker_exec_id: str | None,
        taker_exec_id: str | None,
        at: int,
        fees: tuple[Decimal, Decimal] = (ZERO, ZERO),
    ) -> None:
        """Write a trade down. `fees` are the maker's and the taker's."""
        maker, taker = fill.maker, fill.taker
        for order, paid in zip((maker, taker), fees, strict=True):
            key = (order.owner, order.account, order.symbol)
            position = self.positions.get(key)
            if position is None:
                position = self.positions[key] = Position()
            position.add(order.is_buy, fill.quantity, fill.price)
            position.fees += paid
        if maker.background and taker.background:
            return
        maker_leg, taker_leg = (
            _leg(maker, maker_exec_id, fees[0], True),
            _leg(taker, taker_exec_id, fees[1], False),
        )
        buy, sell = (taker_leg, maker_leg) if taker.is_buy else (maker_leg, taker_leg)
        trade = Trade(trade_id, maker.symbol, fill.quantity, fill.price, buy, sell, at)
        self.trades.append(trade)
        self._tell(Change.NEW, trade)

    def split(self, symbol: str, ratio: Decimal) -> None:
        """Turn old shares into new ones in all positions; the trades stay as they were made."""
        self.splits.append((symbol, ratio))
        for (_, _, held), position in self.positions.items():
            if held == symbol:
                position.bought *= ratio
                position.sold *= ratio

    def busted(self, trade: Trade) -> None:
        """Take a trade out of the books."""
        self.trades.remove(trade)
        self.busts.append(trade)
        self._count(trade, -1)
        self._tell(Change.CANCEL, trade)

    def corrected(self, trade: Trade, correction: Trade) -> None:
        """Put a trade in the place of another."""
        self.trades[self.trades.index(trade)] = correction
        self._count(trade, -1)
        self._count(correction, 1)
        self._tell(Change.REPLACE, correction)

    def take_news(self) -> list[tuple[Change, Trade]]:
        """Give what became of trades since this was asked last."""
        news, self._news = self._news, []
        return news

    def _tell(self, change: Change, trade: Trade) -> None:
        if self.followed:
            self._news.append((change, trade))

    def _count(self, trade: Trade, sign: int) -> None:
        for leg, is_buy in ((trade.buy, True), (trade.sell, False)):
            position = self.positions.setdefault((leg.owner, leg.account, trade.symbol), Position())
            position.add(is_buy, sign * trade.quantity, trade.price)
            position.trades += sign - 1  # `add` counted one
            position.fees += sign * leg.fee

    def disowned(self, owner: str, order_id: str, exec_id: str, reason: str, text: str) -> None:
        """Take note that a counterparty does not know a trade; it stays as it is until people have talked."""
        names = ("comp_id", "order_id", "exec_id", "reason", "text")
        values = (owner, order_id, exec_id, reason, text)
        self.disowned_trades.append(dict(zip(names, values, strict=True)))

    def imbalances(self) -> dict[str, Decimal]:
        """Give bought less sold for each symbol where that is not nothing.

        Always empty, or the exchange is broken.
        """
        nets: dict[str, Decimal] = {}
        for (_, _, symbol), position in self.positions.items():
            nets[symbol] = nets.get(symbol, ZERO) + position.bought - position.sold
        return {symbol: net for symbol, net in nets.items() if net}

    def as_json(self, owner: str | None = None) -> dict[str, Any]:
        """Give plain data with decimals as text, of all counterparties or of one."""
        return {
            "orders": [_order(o) for o in self.orders.values() if owner in (None, o.owner)],
            "trades": [_trade(t) for t in self.trades if owner in (None, t.buy.owner, t.sell.owner)],
            "busted": [_trade(t) for t in self.busts if owner in (None, t.buy.owner, t.sell.owner)],
            "positions": [
                _position(key, position)
                for key, position in self.positions.items()
                if owner in (None, key[0])
            ],
            "new_order_arrivals": {
                name: dict(counts)
                for name, counts in self.new_order_arrivals.items()
                if owner in (None, name)
            },
            "disowned_trades": [d for d in self.disowned_trades if owner in (None, d["comp_id"])],
            "splits": [{"symbol": symbol, "ratio": _text(ratio)} for symbol, ratio in self.splits],
            "imbalances": {symbol: _text(net) for symbol, net in self.imbalances().items()},
        }


def _leg(order: Order, exec_id: str | None, fee: Decimal, is_maker: bool) -> Leg:
    return Leg(
        order.owner,
        order.account,
        order.order_id,
        order.cl_ord_ids[-1] if order.cl_ord_ids else "",
        exec_id,
        fee,
        is_maker,
    )


def _text(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _order(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "comp_id": order.owner,
        "account": order.account,
        "symbol": order.symbol,
        "side": order.side.value,
        "order_type": order.order_type.value,
        "time_in_force": order.time_in_force.value,
        "quantity": _text(order.quantity),
        "price": None if order.price is None else _text(order.price),
        "cl_ord_ids": list(order.cl_ord_ids),
        "status": order.status.name,
        "open": order.is_open,
        "cum_quantity": _text(order.cum),
        "leaves_quantity": _text(order.leaves),
        "average_price": _text(order.average_price),
        "entered_at": format_utc(order.entered_at),
    }


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "trade_id": trade.trade_id,
        "symbol": trade.symbol,
        "quantity": _text(trade.quantity),
        "price": _text(trade.price),
        "at": format_utc(trade.at),
        "buy": _leg_json(trade.buy),
        "sell": _leg_json(trade.sell),
    }


def _leg_json(leg: Leg) -> dict[str, Any]:
    return {
        "comp_id": leg.owner,
        "account": leg.account,
        "order_id": leg.order_id,
        "cl_ord_id": leg.cl_ord_id,
        "exec_id": leg.exec_id,
        "fee": _text(leg.fee),
    }


def _position(key: tuple[str, str, str], position: Position) -> dict[str, Any]:
    owner, account, symbol = key
    return {
        "comp_id": owner,
        "account": account,
        "symbol": symbol,
        "bought": _text(position.bought),
        "sold": _text(position.sold),
        "net": _text(position.bought - position.sold),
        "bought_value": _text(position.bought_value),
        "sold_value": _text(position.sold_value),
        "trades": position.trades,
        "fees": _text(position.fees),
    }
