"""Trading states, limits, and decisions of people about them."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.enums import DenialCode, LimitAction, LimitKind, RiskDecision, TradingState
from gateway.client.events.base import Event
from gateway.client.limits import LimitChange, OrderOverrideTerms

__all__ = [
    "LevelGrouped",
    "LimitBreached",
    "LimitsChanged",
    "OrderOverrideEnded",
    "OrderOverrideGranted",
    "RiskDecisionRecorded",
    "TradingStateChanged",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDecisionRecorded(Event):
    """The control plane of risk recorded a decision of people. It changes nothing by itself."""

    decision: RiskDecision
    change_id: int
    changed_by: str
    reason: str
    detail: str
    expires_at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateChanged(Event):
    """Trading was halted or resumed."""

    level: str
    state: TradingState
    reason: str
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsChanged(Event):
    """Limits were changed; where `more` is set, it takes effect with the part that follows."""

    version: int
    changes: tuple[LimitChange, ...]
    changed_by: str
    approved_by: str
    reason: str
    part: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitBreached(Event):
    """A limit did not hold, and no order was denied by it: it only warns, or a fill or a price broke it."""

    order_id: int
    """The order that passed; 0 where there is none."""
    client: str
    limit_name: str
    level: str
    kind: LimitKind
    action: LimitAction
    code: DenialCode
    observed: Decimal | None
    allowed: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOverrideGranted(Event):
    """One order may pass limits that it does not hold, once and until a time. In the audit trail only."""

    override_id: int
    order: OrderOverrideTerms
    expires_at_ns: int
    granted_by: str
    approved_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOverrideEnded(Event):
    """An override of one order ended without having been used. In the audit trail only."""

    override_id: int
    ended_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelGrouped(Event):
    """Which desk an account is of, or by which session a venue is reached. In the audit trail only."""

    member: str
    group: str
