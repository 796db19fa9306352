"""Limits of a fake gateway: the few kinds that can be judged from orders and fills alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import grpc

from gateway.client.enums import DenialCode, LimitAction, LimitKind, Side
from gateway.client.proto_enums import enumerator
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_order import FakeOrder, number
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import risk_pb2 as risk
from gateway.v1 import types_pb2 as types

__all__ = ["FakeLimits", "Proposal", "denial_of", "is_at"]

_CODES = {
    LimitKind.MAX_ORDER_QUANTITY: DenialCode.MAX_ORDER_QUANTITY,
    LimitKind.MAX_ORDER_NOTIONAL: DenialCode.MAX_ORDER_NOTIONAL,
    LimitKind.OPEN_ORDERS: DenialCode.MAX_OPEN_ORDERS,
    LimitKind.POSITION: DenialCode.MAX_POSITION,
}
"""The kinds that are played, and what a breach is denied with."""
_HAVE_USE = (LimitKind.OPEN_ORDERS, LimitKind.POSITION)
"""Those on more than one order alone."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order that is asked about."""

    client: str
    command: order_entry.NewOrder
    venue: str
    quantity: Decimal
    price: Decimal | None
    """At which it is valued: a market order's is the reference price; None where there is none."""
    replaced: FakeOrder | None = None
    """The order that would have these terms; None for a new one."""


class FakeLimits:
    """The set in force."""

    def __init__(self, ledger: FakeLedger) -> None:
        self._ledger = ledger
        self.limits: dict[str, risk.Limit] = {}
        self.version = 0

    def change(
        self, limits: Iterable[risk.Limit], removed: Iterable[str], *, replace_all: bool
    ) -> list[risk.LimitChange]:
        """Say what a change of limits would come to. Raises AioRpcError for what is not played, or is not there."""
        wanted = {} if replace_all else dict(self.limits)
        for name in removed:
            if wanted.pop(name, None) is None:
                raise failure(grpc.StatusCode.INVALID_ARGUMENT, f"removed: no limit is called {name!r}")
        for limit in limits:
            _check_played(limit)
            wanted[limit.name] = limit
        names = dict.fromkeys([*self.limits, *wanted])
        return [
            risk.LimitChange(before=self.limits.get(name), after=wanted.get(name))
            for name in names
            if self.limits.get(name) != wanted.get(name)
        ]

    def take(self, changes: Iterable[risk.LimitChange]) -> None:
        """Put changes in force."""
        self.version += 1
        for change in changes:
            if change.HasField("after"):
                self.limits[change.after.name] = change.after
            else:
                del self.limits[change.before.name]

    def checks_of(self, order: Proposal) -> list[tuple[risk.Limit, Decimal | None, bool]]:
        """Ask every limit that an order falls under: what it would observe, and whether that holds."""
        found = []
        for limit in self.limits.values():
            if limit.disabled or not is_at(limit.level, order.client, order.command, order.venue):
                continue
            value = self._observed(limit, order)
            holds = value is not None and value <= _bound(limit)
            found.append((limit, value, holds or _makes_nothing_worse(limit, order)))
        return found

    def denial_of(self, order: Proposal, waived: frozenset[str] = frozenset()) -> types.Denial | None:
        """Find the first limit, in the order in which they were set, that an order breaks and has to hold."""
        for limit, value, holds in self.checks_of(order):
            if not holds and limit.name not in waived:
                kind = LimitKind(int(limit.kind))
                code = DenialCode.NO_REFERENCE_PRICE if value is None else _CODES[kind]
                return denial_of(
                    code,
                    limit_name=limit.name,
                    level=limit.level,
                    observed=number(value),
                    allowed=number(_bound(limit)),
                )
        return None

    def breaches_of(self, order: Proposal) -> list[events.LimitBreached]:
        """Write what an order that passes all the same does not hold."""
        return [
            events.LimitBreached(
                client=order.client,
                limit_name=limit.name,
                level=limit.level,
                kind=limit.kind,
                action=enumerator(LimitAction.DENY),
                code=enumerator(_CODES[LimitKind(int(limit.kind))]),
                observed=number(value),
                allowed=number(_bound(limit)),
            )
            for limit, value, holds in self.checks_of(order)
            if not holds
        ]

    def utilizations(self, level: str) -> list[risk.LimitUtilization]:
        """Tell how much of each limit is used; the highest share first, none of limits on one order."""
        found = [
            self._utilization(limit)
            for limit in self.limits.values()
            if LimitKind(int(limit.kind)) in _HAVE_USE and level in ("", limit.level) and not limit.disabled
        ]
        return sorted(found, key=lambda each: (-Decimal(each.share_percent or 0), each.name))

    def _utilization(self, limit: risk.Limit) -> risk.LimitUtilization:
        instrument, value = "", Decimal(len(self._open_at(limit)))
        if limit.kind == LimitKind.POSITION.value:
            worst = self._positions_at(limit)
            instrument, value = max(worst.items(), key=lambda each: each[1], default=("", Decimal(0)))
        bound = _bound(limit)
        return risk.LimitUtilization(
            name=limit.name,
            level=limit.level,
            kind=limit.kind,
            instrument=instrument,
            value=number(value),
            limit=number(bound),
            share_percent=number(value / bound * 100) if bound else "",
        )

    def _observed(self, limit: risk.Limit, order: Proposal) -> Decimal | None:
        match LimitKind(int(limit.kind)):
            case LimitKind.MAX_ORDER_QUANTITY:
                return order.quantity
            case LimitKind.MAX_ORDER_NOTIONAL:
                return None if order.price is None else order.quantity * order.price
            case LimitKind.OPEN_ORDERS:
                return Decimal(len(self._open_at(limit)) + (order.replaced is None))
            case _:
                return self._positions_at(limit, order).get(order.command.instrument, Decimal(0))

    def _open_at(self, limit: risk.Limit) -> list[FakeOrder]:
        return [
            order for order in self._ledger.open_orders() if not order.is_held and _falls_under(limit, order)
        ]

    def _positions_at(self, limit: risk.Limit, order: Proposal | None = None) -> Mapping[str, Decimal]:
        """The worst case in each instrument, either way: with every open order filled."""
        buys: dict[str, Decimal] = {}
        sells: dict[str, Decimal] = {}
        nets: dict[str, Decimal] = {}

        def add(command: order_entry.NewOrder, filled: Decimal, still: Decimal) -> None:
            is_buy = int(command.side) == Side.BUY.value
            nets[command.instrument] = nets.get(command.instrument, Decimal(0)) + (
                filled if is_buy else -filled
            )
            side = buys if is_buy else sells
            side[command.instrument] = side.get(command.instrument, Decimal(0)) + still

        replaced = None if order is None else order.replaced
        for each in self._ledger.orders.values():
            if each.denial is None and each is not replaced and _falls_under(limit, each):
                add(each.command, each.cum_quantity, each.leaves_quantity)
        if order is not None and replaced is None:
            add(order.command, Decimal(0), order.quantity)
        elif order is not None and replaced is not None:
            still = max(replaced.leaves_quantity, order.quantity - replaced.cum_quantity)
            add(order.command, replaced.cum_quantity, still)
        none = Decimal(0)
        return {
            name: max(net + buys.get(name, none), sells.get(name, none) - net, none)
            for name, net in nets.items()
        }


def is_at(level: str, client: str, command: order_entry.NewOrder, venue: str) -> bool:
    """Tell whether an order falls under a level."""
    return level in (
        "firm",
        f"account:{command.account}",
        f"strategy:{command.strategy}",
        f"instrument:{command.instrument}",
        f"client:{client}",
        f"venue:{venue}",
    )


def denial_of(
    code: DenialCode, *, limit_name: str = "", level: str = "", observed: str = "", allowed: str = ""
) -> types.Denial:
    """Make a denial."""
    return types.Denial(
        code=enumerator(code), limit_name=limit_name, level=level, observed=observed, allowed=allowed
    )


def _falls_under(limit: risk.Limit, order: FakeOrder) -> bool:
    return is_at(limit.level, order.client, order.command, order.venue)


def _makes_nothing_worse(limit: risk.Limit, order: Proposal) -> bool:
    """Tell whether a replace adds nothing to what a limit counts over many orders."""
    is_on_many = LimitKind(int(limit.kind)) in _HAVE_USE
    return is_on_many and order.replaced is not None and order.quantity <= order.replaced.quantity


def _bound(limit: risk.Limit) -> Decimal:
    return Decimal(limit.count) if limit.kind == LimitKind.OPEN_ORDERS.value else Decimal(limit.value)


def _check_played(limit: risk.Limit) -> None:
    kind, action = LimitKind(int(limit.kind)), LimitAction(int(limit.action))
    if kind not in _CODES:
        played = ", ".join(each.name for each in _CODES)
        raise failure(
            grpc.StatusCode.UNIMPLEMENTED,
            f"{limit.name}: the fake gateway plays limits of the kinds {played}, not {kind.name}; "
            "script what it would deny with deny_next",
        )
    if action not in (LimitAction.UNSPECIFIED, LimitAction.DENY) or limit.second_level:
        raise failure(
            grpc.StatusCode.UNIMPLEMENTED,
            f"{limit.name}: the fake gateway plays limits of one level that deny, not {action.name} at "
            f"{limit.level}{'+' if limit.second_level else ''}{limit.second_level}",
        )
    if kind is not LimitKind.OPEN_ORDERS and not limit.value:
        raise failure(grpc.StatusCode.INVALID_ARGUMENT, f"{limit.name}: expected a value, was none")
