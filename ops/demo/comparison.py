"""Three books that must agree: the venue's, the gateway's, and what the strategy made of its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.client import Order, OrderStatus, Position, Side
from ops.demo.configuration import ACCOUNT, COMP_ID
from ops.demo.record import Fill, Record

__all__ = ["Comparison", "InstrumentRow", "Ledger", "compare"]

NOT_AT_VENUE = frozenset({OrderStatus.DENIED, OrderStatus.NOT_SENT})


class Ledger:
    """The venue's own books on this gateway, from its JSON."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.orders: list[dict[str, Any]] = [o for o in content["orders"] if o["comp_id"] == COMP_ID]
        self.arrivals: dict[str, int] = content["new_order_arrivals"].get(COMP_ID, {})
        self.imbalances: dict[str, str] = content["imbalances"]
        self.positions: dict[str, tuple[Decimal, Decimal]] = {}
        """Bought and sold by symbol."""
        for entry in content["positions"]:
            if entry["comp_id"] == COMP_ID and entry["account"] == ACCOUNT:
                self.positions[entry["symbol"]] = (Decimal(entry["bought"]), Decimal(entry["sold"]))
        self.fills: dict[str, Fill] = {}
        for trade in content["trades"]:
            for side, leg in ((Side.BUY, trade["buy"]), (Side.SELL, trade["sell"])):
                if leg["comp_id"] == COMP_ID:
                    self.fills[leg["exec_id"]] = Fill(
                        leg["cl_ord_id"],
                        trade["symbol"],
                        side,
                        Decimal(trade["quantity"]),
                        Decimal(trade["price"]),
                    )


@dataclass(frozen=True)
class InstrumentRow:
    """One instrument in the three books."""

    symbol: str
    fills: int
    bought: Decimal
    sold: Decimal
    gateway_net: Decimal
    venue_net: Decimal
    strategy_net: Decimal
    profit: Decimal

    @property
    def agrees(self) -> bool:
        return self.gateway_net == self.venue_net == self.strategy_net


@dataclass
class Comparison:
    """What was compared, and every difference in words."""

    rows: list[InstrumentRow]
    outcomes: Counter[str]
    gateway_orders: int
    """Those that the gateway sent."""
    venue_orders: int
    """Different ClOrdIDs that reached the venue."""
    gateway_fills: int
    venue_fills: int
    twice: int
    """Orders that reached the venue more than once."""
    differences: list[str] = field(default_factory=list)


def compare(
    orders: Sequence[Order], positions: Sequence[Position], record: Record, content: dict[str, Any]
) -> Comparison:
    """Compare what the gateway's API answers and what the strategy recorded with the venue's ledger."""
    ledger = Ledger(content)
    books = _by_instrument(positions)
    strategy_nets = record.net_positions()
    zero = Decimal(0)
    rows = []
    for symbol in sorted(books.keys() | ledger.positions.keys() | strategy_nets.keys()):
        bought, sold, profit = books.get(symbol, (zero, zero, zero))
        venue_bought, venue_sold = ledger.positions.get(symbol, (zero, zero))
        rows.append(
            InstrumentRow(
                symbol=symbol,
                fills=sum(fill.instrument == symbol for fill in record.fills.values()),
                bought=bought,
                sold=sold,
                gateway_net=bought - sold,
                venue_net=venue_bought - venue_sold,
                strategy_net=strategy_nets.get(symbol, zero),
                profit=profit,
            )
        )
    found = Comparison(
        rows=rows,
        outcomes=Counter(order.status.name for order in orders),
        gateway_orders=sum(order.status not in NOT_AT_VENUE for order in orders),
        venue_orders=len(ledger.arrivals),
        gateway_fills=len(record.fills),
        venue_fills=len(ledger.fills),
        twice=sum(count > 1 for count in ledger.arrivals.values()),
    )
    found.differences += record.problems
    found.differences += _positions_that_differ(books, strategy_nets, ledger)
    found.differences += _fills_that_differ(record.fills, ledger.fills)
    found.differences += _arrivals_that_differ(record, orders, ledger)
    found.differences += _orders_that_differ(record, orders, ledger)
    return found


def _by_instrument(positions: Sequence[Position]) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    books: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
    for position in positions:
        bought, sold, profit = books.get(position.instrument, (Decimal(0), Decimal(0), Decimal(0)))
        books[position.instrument] = (
            bought + position.bought_quantity,
            sold + position.sold_quantity,
            profit + position.realized_profit,
        )
    return books


def _positions_that_differ(
    books: dict[str, tuple[Decimal, Decimal, Decimal]], strategy_nets: dict[str, Decimal], ledger: Ledger
) -> list[str]:
    differences = [f"the venue's own books are out of balance in {symbol}" for symbol in ledger.imbalances]
    zero = Decimal(0)
    for symbol in sorted(books.keys() | ledger.positions.keys() | strategy_nets.keys()):
        bought, sold, _ = books.get(symbol, (zero, zero, zero))
        if (bought, sold) != (venue := ledger.positions.get(symbol, (zero, zero))):
            differences.append(
                f"{symbol}: the gateway bought {bought} and sold {sold},"
                f" the venue says {venue[0]} and {venue[1]}"
            )
        if bought - sold != strategy_nets.get(symbol, zero):
            differences.append(
                f"{symbol}: the gateway's net is {bought - sold},"
                f" the events give {strategy_nets.get(symbol, zero)}"
            )
    return differences


def _fills_that_differ(received: dict[str, Fill], executed: dict[str, Fill]) -> list[str]:
    differences = []
    for exec_id in received.keys() | executed.keys():
        here, there = received.get(exec_id), executed.get(exec_id)
        if here is None:
            differences.append(f"execution {exec_id} of the venue was never received: {there}")
        elif there is None:
            differences.append(f"execution {exec_id} was received, the venue does not know it: {here}")
        elif (here.instrument, here.side, here.quantity, here.price) != (
            there.instrument,
            there.side,
            there.quantity,
            there.price,
        ):
            differences.append(f"execution {exec_id} is {here} here and {there} at the venue")
    return differences


def _arrivals_that_differ(record: Record, orders: Sequence[Order], ledger: Ledger) -> list[str]:
    differences = [
        f"{cl_ord_id} reached the venue {count} times"
        for cl_ord_id, count in ledger.arrivals.items()
        if count != 1
    ]
    sent = set(record.first_cl_ord_ids) - record.not_sent
    differences += [f"{each} was sent and never reached the venue" for each in sent - ledger.arrivals.keys()]
    differences += [
        f"{each} reached the venue, no event tells of it" for each in ledger.arrivals.keys() - sent
    ]
    taken = {order.client_order_id for order in orders if order.status is not OrderStatus.DENIED}
    told = set(record.first_cl_ord_ids.values())
    differences += [f"order {each} is in no event" for each in taken - told]
    differences += [f"order {each} of an event is not in the gateway's list" for each in told - taken]
    return differences


def _orders_that_differ(record: Record, orders: Sequence[Order], ledger: Ledger) -> list[str]:
    """Compare order by order: what is filled, and whether it is open."""
    differences = []
    by_client_id = {order.client_order_id: order for order in orders}
    seen: dict[str, str] = {}
    for entry in ledger.orders:
        first = entry["cl_ord_ids"][0]
        client_order_id = record.first_cl_ord_ids.get(first)
        order = by_client_id.get(client_order_id or "")
        if client_order_id is None or order is None:
            differences.append(f"order {first} of the venue is not the gateway's")
            continue
        if client_order_id in seen:
            differences.append(f"orders {seen[client_order_id]} and {first} are both {client_order_id}")
        seen[client_order_id] = first
        here = (order.cum_quantity, order.is_open)
        there = (Decimal(entry["cum_quantity"]), bool(entry["open"]))
        if here != there:
            differences.append(
                f"order {client_order_id} ({first}): filled {here[0]}, {_open(here[1])} here"
                f" ({order.status}); filled {there[0]}, {_open(there[1])} at the venue ({entry['status']})"
            )
    for order in orders:
        if order.client_order_id not in seen and order.cum_quantity:
            differences.append(f"order {order.client_order_id} has fills, the venue does not know it")
        if order.status is OrderStatus.UNKNOWN:
            differences.append(f"order {order.client_order_id} is UNKNOWN")
    return differences


def _open(is_open: bool) -> str:
    return "open" if is_open else "ended"
