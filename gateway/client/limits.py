"""Limits, as they are set, in force, changed and used."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.decimals import to_text
from gateway.client.enums import CrossingPolicy, LimitAction, LimitKind, LimitReference, LimitUnit, Side
from gateway.client.model import Denial
from gateway.client.proto_enums import enumerator
from gateway.v1 import risk_pb2 as risk

__all__ = [
    "Limit",
    "LimitChange",
    "LimitChanges",
    "LimitCheck",
    "LimitInForce",
    "LimitOverride",
    "LimitUtilization",
    "LimitsInForce",
    "LimitsResult",
    "OrderCheck",
    "OrderOverride",
    "OrderOverrideTerms",
    "PendingLimitChange",
    "WaivedLimit",
    "encode_limit",
    "encode_order_override",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit; docs/risk.md says what the terms of each kind mean."""

    name: str
    level: str
    second_level: str = ""
    kind: LimitKind
    value: Decimal | None = None
    count: int = 0
    window_ns: int = 0
    unit: LimitUnit = LimitUnit.UNSPECIFIED
    reference: LimitReference = LimitReference.UNSPECIFIED
    action: LimitAction = LimitAction.UNSPECIFIED
    disabled: bool = False
    allow_missing_reference: bool = False
    crossing: CrossingPolicy = CrossingPolicy.UNSPECIFIED
    reserve: int = 0
    capital: Decimal | None = None
    include_charges: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivedLimit:
    """A limit that one order need not hold."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOverrideTerms:
    """One order that may pass limits, and which. An order that differs from it is decided about as any other."""

    client: str
    client_order_id: str
    """The id that the order will have; no order of the client may have it yet."""
    instrument: str
    side: Side
    quantity: Decimal
    """The largest."""
    limits: tuple[WaivedLimit, ...]
    """1 to 8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """A limit before and after a change: None where it is new, or was removed."""

    before: Limit | None
    after: Limit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitInForce:
    """A limit and where it comes from."""

    limit: Limit
    source: str
    """"file", "runtime", "override" or "section"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsInForce:
    """The set of limits in force."""

    version: int
    """Its number."""
    limits: tuple[LimitInForce, ...]
    """Every limit that the client may see, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUtilization:
    """How much of a limit is used."""

    name: str
    level: str
    """Two are joined by "+"."""
    kind: LimitKind
    instrument: str
    """Where the limit holds for each instrument: the one with the highest share; else empty."""
    value: Decimal | None
    """What is used now; the worst case where the limit is on it."""
    limit: Decimal | None
    share_percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitCheck:
    """What one limit says of an order."""

    name: str
    level: str
    """Two are joined by "+"."""
    kind: LimitKind
    action: LimitAction
    """What a breach does."""
    holds: bool
    """Whether the order passes it."""
    decides: bool
    """Whether it is the denial's."""
    value: Decimal | None
    """What it would observe with the order in place."""
    limit: Decimal | None
    share_percent: Decimal | None
    waived: bool = False
    """It does not hold, and the order's override waives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCheck:
    """Whether an order would pass, at the moment of the answer."""

    passes: bool
    denial: Denial | None
    """Why not."""
    limits: tuple[LimitCheck, ...]
    """Every limit that the order falls under and the client may see: the one that decides first, then by share. Empty
    where the order is not valid, so that none is asked.
    """
    quantity_sent: Decimal | None
    """What would be sent where a limit reduces the order; None where all of it would be."""
    resized_by: str
    """The limit that would reduce it last."""
    override_id: int = 0
    """The override by which it would pass; this answer does not use it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsResult:
    """What came of a change of limits."""

    version: int
    """Number of the set in force now."""
    lsn: int
    """0 where nothing has changed."""
    changed_count: int
    removed_count: int
    pending: bool
    """True where the change waits for a second person, and limits are as they were."""
    change_id: int
    """Number of the change that waits, or of the override; 0 for none."""
    summary: str
    """Old and new terms, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLimitChange:
    """A change that waits for a second person."""

    change_id: int
    proposed_by: str
    reason: str
    summary: str
    proposed_at_ns: int
    expires_at_ns: int
    """Until when it can be approved."""
    override_until_ns: int
    """Until when it is to hold; 0 for a lasting change."""
    order: OrderOverrideTerms | None
    """Where it is an override of one order: which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitOverride:
    """Limits that are others for a time."""

    change_id: int
    granted_by: str
    approved_by: str
    """Empty where nobody had to."""
    reason: str
    limits: tuple[Limit, ...]
    until_ns: int
    """When the terms before it come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOverride:
    """What one order may pass, once and until a time."""

    override_id: int
    order: OrderOverrideTerms
    expires_at_ns: int
    granted_by: str
    approved_by: str
    """Empty where nobody had to."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChanges:
    """What waits and what holds for a time, the oldest first."""

    pending: tuple[PendingLimitChange, ...]
    overrides: tuple[LimitOverride, ...]
    order_overrides: tuple[OrderOverride, ...]
    """Of one order, not used yet."""


def encode_limit(limit: Limit) -> risk.Limit:
    """Write a limit as the API takes it. Raises TypeError, ValueError for a number that is none."""
    message = risk.Limit(
        name=limit.name,
        level=limit.level,
        second_level=limit.second_level,
        kind=enumerator(limit.kind),
        value="" if limit.value is None else to_text(limit.value, "value"),
        count=limit.count,
        unit=enumerator(limit.unit),
        reference=enumerator(limit.reference),
        action=enumerator(limit.action),
        disabled=limit.disabled,
        allow_missing_reference=limit.allow_missing_reference,
        crossing=enumerator(limit.crossing),
        reserve=limit.reserve,
        capital="" if limit.capital is None else to_text(limit.capital, "capital"),
        include_charges=limit.include_charges,
        currency=limit.currency,
    )
    if limit.window_ns:
        message.window.FromNanoseconds(limit.window_ns)
    return message


def encode_order_override(order: OrderOverrideTerms) -> risk.OrderOverrideTerms:
    """Write an override of one order as the API takes it. Raises TypeError, ValueError for a number that is none."""
    return risk.OrderOverrideTerms(
        client=order.client,
        client_order_id=order.client_order_id,
        instrument=order.instrument,
        side=enumerator(order.side),
        quantity=to_text(order.quantity, "quantity"),
        limits=[risk.WaivedLimit(name=limit.name) for limit in order.limits],
    )
