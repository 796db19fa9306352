"""Overrides of one order, as the core keeps them: granted, used up by the order, or ended.

They are state of the core, in its journal, and not kept beside it: what is used up there is gone here as well.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from gateway.v1 import events_pb2, limits_pb2, risk_pb2, types_pb2

__all__ = ["OrderOverrideCore", "OrderOverrides", "granted_of", "order_text"]


class OrderOverrideCore(Protocol):
    """The part of `gateway.core._core.Gateway` that is needed here."""

    def grant_order_override(self, granted: bytes, validate_only: bool = False) -> int: ...
    def end_order_override(self, override_id: int, ended_by: str, reason: str) -> int: ...
    def order_overrides(self) -> bytes: ...


class OrderOverrides:
    """What one order may pass. No state of its own."""

    def __init__(self, core: OrderOverrideCore) -> None:
        self._core = core

    def all(self) -> dict[int, events_pb2.OrderOverrideGranted]:
        """Get those that were not used, by number; also those whose time is over until they are ended."""
        listed = limits_pb2.ListLimitChangesResponse.FromString(self._core.order_overrides())
        return {each.override_id: each for each in listed.order_overrides}

    def judge(self, granted: events_pb2.OrderOverrideGranted) -> None:
        """Raise ValueError where the core would refuse it; nothing changes."""
        self._core.grant_order_override(granted.SerializeToString(), True)

    def grant(self, granted: events_pb2.OrderOverrideGranted) -> int:
        """Journal it; the lsn. Raises ValueError."""
        return self._core.grant_order_override(granted.SerializeToString())

    def end(self, override_id: int, ended_by: str, reason: str) -> None:
        """End it before its order has come. Raises KeyError."""
        self._core.end_order_override(override_id, ended_by, reason)


def granted_of(
    order: risk_pb2.OrderOverrideTerms, override_id: int, until_ns: int, granted_by: str, reason: str
) -> events_pb2.OrderOverrideGranted:
    """Write an override as it is journalled, approved by nobody so far."""
    granted = events_pb2.OrderOverrideGranted(
        override_id=override_id, order=order, granted_by=granted_by, reason=reason
    )
    granted.expires_at.FromNanoseconds(until_ns)
    return granted


def order_text(order: risk_pb2.OrderOverrideTerms) -> str:
    """Say which order may pass what, for people."""
    side = types_pb2.Side.Name(order.side).removeprefix("SIDE_")
    names = ", ".join(limit.name for limit in order.limits)
    quantity = f"{Decimal(order.quantity):f}" if order.quantity else "?"
    return (
        f"order {order.client_order_id} of {order.client}: {side} at most {quantity} {order.instrument}"
        f" need not hold {names}"
    )
