"""Positions beside executions."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.enums import PositionAdjustmentKind
from gateway.client.events.base import Event
from gateway.client.events.executions import Charge

__all__ = ["PositionAdjusted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionAdjusted(Event):
    """A position was changed by something that is no execution."""

    kind: PositionAdjustmentKind
    account: str
    strategy: str
    instrument: str
    quantity: Decimal
    price: Decimal
    reason: str
    changed_by: str
    new_units: Decimal | None = None
    """Of a split: so many for `old_units`."""
    old_units: Decimal | None = None
    charges: tuple[Charge, ...] = ()
    batch_id: str = ""
    """The file of positions that it is a row of, or the id of a split."""
    batch_row: int = 0
    batch_hash: int = 0
