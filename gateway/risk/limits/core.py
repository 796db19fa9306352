"""What changes of limits are made of: the core that makes them, what they need, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from gateway.risk.limits.order_overrides import OrderOverrideCore

__all__ = ["SECOND_NS", "ApprovalTerms", "LimitCore", "LimitOutcome", "LimitRefused", "OwnChange"]

SECOND_NS = 1_000_000_000


class LimitRefused(ValueError):
    """It cannot be done; the text says why and what to do next. The limits in force stay."""


class OwnChange(PermissionError):
    """Who asked for a change cannot approve it."""


class LimitCore(OrderOverrideCore, Protocol):
    """The part of `gateway.core._core.Gateway` that is needed here."""

    def set_limits(self, request: bytes, changed_by: str) -> bytes: ...
    def limits(self, level: str = "") -> bytes: ...
    def limit_utilization(self, level: str = "") -> bytes: ...
    def record_risk_decision(
        self,
        *,
        decision: int,
        change_id: int,
        changed_by: str,
        reason: str,
        detail: str,
        expires_ns: int,
    ) -> int: ...


@dataclass(frozen=True)
class ApprovalTerms:
    """When a second person is needed."""

    loosening_percent: Decimal = Decimal(0)
    """A change that loosens by more needs one; 0: every loosening does."""
    required: bool = True
    """False: nobody is ever needed."""
    expires_after_ns: int = 24 * 3600 * SECOND_NS
    override_max_ns: int = 24 * 3600 * SECOND_NS


@dataclass(frozen=True)
class LimitOutcome:
    """What became of a request."""

    version: int
    lsn: int
    """Where the journal records it; 0 where nothing has changed or it waits."""
    changed_count: int
    removed_count: int
    change_id: int
    """Of the change that waits for approval, or of the override; 0 for none."""
    is_pending: bool
    summary: str
