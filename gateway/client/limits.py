"""Limits, as events tell of them."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.enums import CrossingPolicy, LimitAction, LimitKind, LimitReference, LimitUnit

__all__ = ["Limit", "LimitChange"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit; docs/risk.md says what the terms of each kind mean."""

    name: str
    level: str
    second_level: str
    kind: LimitKind
    value: Decimal | None
    count: int
    window_ns: int
    unit: LimitUnit
    reference: LimitReference
    action: LimitAction
    disabled: bool
    allow_missing_reference: bool
    crossing: CrossingPolicy
    reserve: int
    capital: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """A limit before and after a change: None where it is new, or was removed."""

    before: Limit | None
    after: Limit | None
