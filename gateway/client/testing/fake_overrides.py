"""Overrides of one order, or of one replace, in a fake gateway: granted, used up by what they are for, or ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import grpc

from gateway.client.enums import Side
from gateway.client.testing.fake_failure import failure
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_limits import FakeLimits
from gateway.client.testing.fake_order import number
from gateway.v1 import events_pb2 as events
from gateway.v1 import risk_pb2 as risk
from gateway.v1 import types_pb2 as types

__all__ = ["FakeOverrides", "Verdict", "order_text"]

_WAIVED_MAX = 8
_WAITING_MAX = 256


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an order or replace may pass."""

    denial: types.Denial | None = None
    override_id: int = 0
    """By which it passes; it is used up by that."""
    breached: tuple[events.LimitBreached, ...] = ()
    """What it does not hold and need not."""


class FakeOverrides:
    """Those that were not used. Who may grant one, and whether that waits, is not asked here."""

    def __init__(self, ledger: FakeLedger, limits: FakeLimits, is_taken: Callable[[str, str], bool]) -> None:
        """`is_taken` tells whether a client has made a request with an id."""
        self._ledger = ledger
        self._limits = limits
        self._is_taken = is_taken
        self.granted: dict[int, events.OrderOverrideGranted] = {}
        """By number, the oldest first."""

    def check(self, terms: risk.OrderOverrideTerms) -> None:
        """Raise AioRpcError (INVALID_ARGUMENT) for terms that no override can have now."""
        if fault := self._fault_of(terms):
            raise failure(grpc.StatusCode.INVALID_ARGUMENT, f"{fault}; nothing was changed")

    def grant(self, granted: events.OrderOverrideGranted) -> int:
        """Have it hold from now on; the lsn."""
        self.granted[granted.override_id] = granted
        return self._ledger.record_for_audit(events.Event(order_override_granted=granted))

    def end(self, override_id: int, ended_by: str, reason: str) -> None:
        """End one that was not used."""
        del self.granted[override_id]
        ended = events.OrderOverrideEnded(override_id=override_id, ended_by=ended_by, reason=reason)
        self._ledger.record_for_audit(events.Event(order_override_ended=ended))

    def expire(self) -> None:
        """End those whose time is over."""
        for override_id, granted in list(self.granted.items()):
            if not self._holds(granted):
                self.end(override_id, "", "its time is over")

    def find(
        self, client: str, name: str, instrument: str, side: int, quantity: Decimal
    ) -> events.OrderOverrideGranted | None:
        """Find the one of an order or replace: of this id, and with no other terms than it was granted for."""
        for granted in self.granted.values():
            terms = granted.order
            is_it = (terms.client, terms.client_order_id) == (client, name) and self._holds(granted)
            if is_it and (terms.instrument, int(terms.side)) == (instrument, side):
                return granted if quantity <= Decimal(terms.quantity) else None
        return None

    def use(self, override_id: int) -> None:
        """Use it up; the event of the order or replace says that."""
        del self.granted[override_id]

    def _holds(self, granted: events.OrderOverrideGranted) -> bool:
        return self._ledger.now_ns() < granted.expires_at.ToNanoseconds()

    def _fault_of(self, terms: risk.OrderOverrideTerms) -> str:
        client, name = terms.client, terms.client_order_id
        if not 1 <= len(name.encode()) <= 40:
            return (
                "client_order_id: expected the id that the order or replace will have, 1 to 40 bytes of text"
            )
        if self._ledger.find(client, 0, name) is not None or self._is_taken(client, name):
            return f"client_order_id: '{name}' is of a request that was made already"
        if int(terms.side) not in [side.value for side in Side if side is not Side.UNSPECIFIED]:
            return "side: expected BUY, SELL or SELL_SHORT"
        if not _is_positive(terms.quantity):
            return (
                "quantity: expected the largest that the order may have, a decimal number above zero, was "
                f"'{terms.quantity}'"
            )
        if not 1 <= len(terms.limits) <= _WAIVED_MAX:
            return f"limits: expected the names of 1 to {_WAIVED_MAX} limits, were {len(terms.limits)}"
        for waived in terms.limits:
            if waived.name not in self._limits.limits:
                return f"limits: '{waived.name}' is not in force"
        waiting = [each.order for each in self.granted.values() if self._holds(each)]
        if any((each.client, each.client_order_id) == (client, name) for each in waiting):
            return f"client_order_id: '{name}' has an override already; end that first"
        if len(waiting) >= _WAITING_MAX:
            return f"overrides: at most {_WAITING_MAX} can wait for their orders; end some"
        return ""


def order_text(order: risk.OrderOverrideTerms) -> str:
    """Say which order may pass what, for people."""
    names = ", ".join(limit.name for limit in order.limits)
    quantity = number(Decimal(order.quantity))
    return (
        f"order {order.client_order_id} of {order.client}: {Side(int(order.side)).name} at most {quantity}"
        f" {order.instrument} need not hold {names}"
    )


def _is_positive(text: str) -> bool:
    try:
        return Decimal(text) > 0
    except InvalidOperation:
        return False
